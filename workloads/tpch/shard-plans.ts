import type { QueryId } from '../model/queries.js';
import type { ShardPlan } from './plan.js';
import { Q13, Q22 } from './plans/customers.js';
import { Q3, Q10, Q12, Q15, Q17, Q20 } from './plans/lineitem-groups.js';
import { Q1, Q5, Q6, Q14, Q19 } from './plans/lineitem-sums.js';
import { Q7, Q8, Q9 } from './plans/nation-sums.js';
import { Q4, Q18, Q21 } from './plans/order-keys.js';
import { Q2, Q11, Q16 } from './plans/part-suppliers.js';

const PLANS: Readonly<Record<QueryId, ShardPlan>> = {
  Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, Q12, Q13, Q14, Q15, Q16, Q17, Q18, Q19, Q20, Q21, Q22,
};

/** How a query is cut over row groups and put together again. */
export function shardPlan(id: QueryId): ShardPlan {
  return PLANS[id];
}
