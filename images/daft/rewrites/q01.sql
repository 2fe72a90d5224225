-- reason: Daft multiplies a decimal of 38 digits by none of 23: each factor of a product is said to have the digits it needs
-- of: d2a7e59fef93d23f22d6ef950af2e44e7789d4e069bf726cc1bf75d26ed31570
-- numeric: decimal
-- rounded: an average of decimals comes back cut off six digits after the point
select
  l_returnflag,
  l_linestatus,
  sum(l_quantity) as sum_qty,
  sum(l_extendedprice) as sum_base_price,
  sum(l_extendedprice * cast(1 - l_discount as decimal(4, 2))) as sum_disc_price,
  sum(l_extendedprice * cast(1 - l_discount as decimal(4, 2)) * cast(1 + l_tax as decimal(4, 2))) as sum_charge,
  avg(l_quantity) as avg_qty,
  avg(l_extendedprice) as avg_price,
  avg(l_discount) as avg_disc,
  count(*) as count_order
from lineitem
where l_shipdate <= date '1998-09-02'
group by l_returnflag, l_linestatus
order by l_returnflag, l_linestatus
