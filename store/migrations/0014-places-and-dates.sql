-- Places and dates of objects: few have any.

create index on groups (id) where spec ? 'maxMembers';
create index on vo (id) where spec ? 'maxMembers';
