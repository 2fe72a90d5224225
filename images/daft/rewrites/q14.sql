-- reason: Daft gives CASE a branch that is a decimal and none that is an integer: zero is written as a decimal
-- of: 96a247cde7b7a6106e3a340090f8f100cd9bb219fcc971436d029c50abc1d4f2
-- numeric: decimal
select
  100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else cast(0 as decimal(38, 4)) end)
    / sum(l_extendedprice * (1 - l_discount)) as promo_revenue
from lineitem, part
where l_partkey = p_partkey
  and l_shipdate >= date '1995-09-01'
  and l_shipdate < date '1995-10-01'
