-- Checks of references row by row took two thirds of the time a large apply needs. These rows come from joins with what
-- they refer to, under the VO's lock, which its deletion takes too; persons and events are never deleted.
alter table membership
  drop constraint membership_vo_id_fkey,
  drop constraint membership_group_id_fkey,
  drop constraint membership_person_id_fkey;
alter table member drop constraint member_vo_id_fkey, drop constraint member_person_id_fkey;
alter table identity drop constraint identity_person_id_fkey;
alter table event_detail drop constraint event_detail_event_id_fkey;
