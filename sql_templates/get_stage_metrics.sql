/*
name: get_stage_metrics
title: Key figures by stage
purpose: Deals, deal size, probability and days in stage for every stage, closed ones included.
columns:
  stage: {description: Stage of the deals.}
  deal_count: {label: Deals, description: Number of deals.}
  avg_deal_size: {description: Mean amount.}
  median_deal_size: {description: Median amount.}
  total_pipeline_value: {label: Total value, description: Amount of the deals.}
  avg_probability: {description: 'Mean probability, 0 to 100.'}
  median_probability: {description: 'Median probability, 0 to 100.'}
  avg_days_in_stage: {description: Mean days since the deals were created.}
result: {rows: stages}
chart: {type: bar, x: stage, y: [total_pipeline_value]}
example_questions:
  - What are the key metrics for each stage?
  - Show average and median deal size by stage
  - How do the stages compare?
synonyms: [stage metrics, metrics by stage, stage overview]
*/
-- query: stages
SELECT
  stage,
  MEASURE(deal_count) AS deal_count,
  MEASURE(avg_deal_size) AS avg_deal_size,
  MEASURE(median_deal_size) AS median_deal_size,
  MEASURE(total_amount) AS total_pipeline_value,
  MEASURE(avg_probability) AS avg_probability,
  MEASURE(median_probability) AS median_probability,
  MEASURE(avg_days_in_stage) AS avg_days_in_stage
FROM opportunities
GROUP BY stage
ORDER BY stage
