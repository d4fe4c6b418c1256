/*
name: get_expansion_opportunities
title: Open expansion opportunities
purpose: Every open deal of the type Expansion with its next step, first to close first.
columns:
  account_name: {label: Account, description: The company the deal is with.}
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  stage: {description: Stage the deal is in.}
  amount: {description: Value of the deal.}
  probability: {description: 'Chance to win as the CRM states it, 0 to 100.'}
  next_step: {description: The next action written down.}
  product_category: {description: Product category of the deal.}
  days_in_stage: {description: Days since the deal was created.}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which expansion opportunities are open?
  - Where can we expand existing accounts?
  - List the open upsell deals
synonyms: [expansion opportunities, upsell opportunities, open expansion deals]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  stage,
  amount,
  probability,
  next_step,
  product_category,
  days_in_stage
FROM opportunities
WHERE open AND opportunity_type = 'Expansion'
ORDER BY close_date, opportunity_id
