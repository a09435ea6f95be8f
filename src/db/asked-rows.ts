/**
 * The head of a statement that does something for many at once: the rows that are asked for, as JSON in $1, and how many in $2.
 * The limits take nothing away. Of rows made from JSON the planner thinks that there are 100, and for so many it reads whole
 * tables; of a limit that it does not know, that there is a tenth: then it looks each row up by its key. `columns`: types by name.
 */
export function askedRows(columns: Readonly<Record<string, string>>): string {
  const names = Object.keys(columns).join(', ');
  const types = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  return `asked as (
    select ${names} from (
      select ${names} from jsonb_to_recordset($1) as row (${types.join(', ')}) limit $2) as few limit $2
  )`;
}
