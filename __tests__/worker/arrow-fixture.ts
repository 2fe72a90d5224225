/** One row of large values, one of small and negative ones, one of NULLs, in every type a partial may have. */
export const ALL_TYPES_SQL = `
select * from (values
  (1::integer, 9007199254740993::bigint, 10000000000000000000000000000000000000::hugeint, 12345678901.23::decimal(15,2),
   9999999999999999999999999999999999.9999::decimal(38,4), 0.1::double, date '1998-12-01', true, 'naïve 🚀'),
  (2, -1, -7, -0.01, -9999999999999999999999999999999999.9999, -1e300, date '1969-12-31', false, ''),
  (3, null, null, null, null, null, null, null, null)
) t(id, big, huge, price, total, ratio, day, flag, name)
order by id`;
