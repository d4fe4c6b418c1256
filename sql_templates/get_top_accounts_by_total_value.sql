/*
name: get_top_accounts_by_total_value
title: Top accounts by total opportunity value
purpose: >-
  The accounts with the highest amount of open and won deals, with expected value, number of
  deals, average deal size and the deals per stage.
parameters:
  limit: {type: integer, default: 5, min: 1, max: 1000, description: How many accounts to list.}
columns:
  account_name: {label: Account, description: The company.}
  total_opportunity_value: {description: Amount of the open and won deals.}
  expected_value:
    label: Expected value
    description: Amount times probability of the open and won deals.
    format: currency
  deal_count: {label: Deals, description: Number of open and won deals.}
  avg_deal_size: {description: Mean amount of the open and won deals.}
  stage_distribution: {label: Deals per stage, description: Number of open and won deals per stage.}
result: {rows: accounts_ranked}
chart: {type: bar, x: account_name, y: [total_opportunity_value, expected_value]}
example_questions:
  - Which accounts have the highest total opportunity value?
  - Who are our top accounts?
  - Show the top accounts by value with their stages
synonyms: [top accounts, biggest accounts, largest customers by value]
*/
-- query: accounts_ranked
SELECT
  account_name,
  MEASURE(total_opportunity_value) AS total_opportunity_value,
  SUM(weighted_amount) AS expected_value,
  MEASURE(deal_count) AS deal_count,
  MEASURE(avg_deal_size) AS avg_deal_size,
  HISTOGRAM(stage) AS stage_distribution
FROM opportunities
WHERE open OR won
GROUP BY account_name
ORDER BY total_opportunity_value DESC, account_name
LIMIT $limit
