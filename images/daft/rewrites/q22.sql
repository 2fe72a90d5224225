-- reason: Daft has no SUBSTRING ... FROM ... FOR, and its substr counts from 0: the first two characters are taken with left
-- of: 2f9c347eed3f1a232b598e8661c6128d917c3e00d0f054ee8ca716932495be66
select cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal
from (
  select left(c_phone, 2) as cntrycode, c_acctbal
  from customer
  where left(c_phone, 2) in ('13', '31', '23', '29', '30', '18', '17')
    and c_acctbal > (
      select avg(c_acctbal)
      from customer
      where c_acctbal > 0.00
        and left(c_phone, 2) in ('13', '31', '23', '29', '30', '18', '17')
    )
    and not exists (
      select *
      from orders
      where o_custkey = c_custkey
    )
) as custsale
group by cntrycode
order by cntrycode
