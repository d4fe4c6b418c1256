/*
name: get_top_opportunities_by_value
title: Top open opportunities by value
purpose: The open deals with the highest amounts, with stage, probability and weighted value.
parameters:
  limit: {type: integer, default: 10, min: 1, max: 1000, description: How many deals to list.}
columns:
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  account_name: {label: Account, description: The company the deal is with.}
  amount: {description: Value of the deal.}
  stage: {description: Stage the deal is in.}
  probability: {description: 'Chance to win as the CRM states it, 0 to 100.'}
  weighted_value: {label: Weighted value, description: Amount times probability., format: currency}
  close_date: {description: Day the deal is expected to close.}
  product_category: {description: Product category of the deal.}
  service_type: {label: Service, description: Service of the deal.}
result: {rows: deals}
chart: {type: bar, x: opportunity_name, y: [amount]}
example_questions:
  - What are our biggest open opportunities?
  - Show the top 10 opportunities by value
  - Which open deals are the largest?
synonyms: [largest open deals, biggest deals, top deals by amount, top opportunities]
*/
-- query: deals
SELECT
  opportunity_name,
  account_name,
  amount,
  stage,
  probability,
  weighted_amount AS weighted_value,
  close_date,
  product_category,
  service AS service_type
FROM opportunities
WHERE open
ORDER BY amount DESC, opportunity_id
LIMIT $limit
