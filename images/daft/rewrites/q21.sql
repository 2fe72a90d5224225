-- reason: Daft takes no EXISTS with <> in it: the first and last supplier of each order, of all its lines and of its late ones, are joined instead
-- of: 3a62779865b6a72e7069604cfdb81e632de3f2bc21325f05c6875ad03561f63d
select s_name, count(*) as numwait
from supplier, lineitem l1, orders, nation,
  (
    select l_orderkey as all_orderkey, min(l_suppkey) as all_first, max(l_suppkey) as all_last
    from lineitem
    group by l_orderkey
  ) as all_lines,
  (
    select l_orderkey as late_orderkey, min(l_suppkey) as late_first, max(l_suppkey) as late_last
    from lineitem
    where l_receiptdate > l_commitdate
    group by l_orderkey
  ) as late_lines
where s_suppkey = l1.l_suppkey
  and o_orderkey = l1.l_orderkey
  and o_orderstatus = 'F'
  and l1.l_receiptdate > l1.l_commitdate
  and all_orderkey = l1.l_orderkey
  and all_first <> all_last
  and late_orderkey = l1.l_orderkey
  and late_first = late_last
  and s_nationkey = n_nationkey
  and n_name = 'SAUDI ARABIA'
group by s_name
order by numwait desc, s_name
limit 100
