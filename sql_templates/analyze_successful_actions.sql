/*
name: analyze_successful_actions
title: Next steps of won deals
purpose: The next steps most often written down on won deals, with the average deal size.
parameters:
  limit: {type: integer, default: 10, min: 1, max: 1000, description: How many actions to list.}
columns:
  action: {label: Action, description: The next step as written down.}
  frequency: {label: Won deals, description: Number of won deals with it.}
  avg_deal_size: {description: Mean amount of these won deals.}
result: {rows: actions}
chart: {type: bar, x: action, y: [frequency]}
example_questions:
  - Which actions are most common on won deals?
  - What next steps do successful deals have?
synonyms: [successful actions, actions that lead to wins, next steps of won deals]
*/
-- query: actions
SELECT
  next_step AS action,
  MEASURE(won_deals) AS frequency,
  MEASURE(avg_deal_size) AS avg_deal_size
FROM opportunities
WHERE won AND next_step IS NOT NULL
GROUP BY next_step
ORDER BY frequency DESC, MIN(opportunity_id)
LIMIT $limit
