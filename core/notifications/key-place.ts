/** Stands in a mail where a key comes when it goes out; letters that no filter of a template changes but to lower case. */
export const keyPlace = 'GUILDHALL-ONE-TIME-KEY'
