/*
name: get_high_probability_revenue_forecast
title: Revenue forecast from likely deals
purpose: >-
  Count, value and expected value (amount times probability) of the open deals from a given
  probability up, in total and by stage.
parameters:
  min_probability:
    type: number
    default: 70
    min: 0
    max: 100
    description: Lowest probability in percent that counts as likely.
columns:
  stage: {description: 'Stage, or TOTAL FORECAST for the sum of all.'}
  deal_count: {label: Deals, description: Number of deals., format: integer}
  total_value: {label: Total value, description: Amount of the deals., format: currency}
  expected_value: {label: Expected value, description: Amount times probability., format: currency}
  average_probability:
    label: Average probability (%)
    description: Mean probability of the deals, 0 to 100.
    format: number
  type: {label: Row type, description: '"summary" for the total, "stage" for a stage.'}
result: {rows: forecast}
chart: {type: bar, x: stage, y: [total_value, expected_value]}
example_questions:
  - What revenue can we expect from high-probability deals?
  - What is the forecast from deals above 70% probability?
  - How much revenue is likely to close?
synonyms: [high probability forecast, likely revenue, commit forecast]
*/
-- query: forecast
WITH total AS (
  SELECT
    COUNT(*) AS deal_count,
    COALESCE(SUM(amount), 0) AS total_value,
    COALESCE(SUM(weighted_amount), 0) AS expected_value,
    AVG(probability) AS average_probability
  FROM opportunities
  WHERE open AND probability >= $min_probability
),
by_stage AS (
  SELECT
    stage,
    COUNT(*) AS deal_count,
    SUM(amount) AS total_value,
    SUM(weighted_amount) AS expected_value,
    AVG(probability) AS average_probability
  FROM opportunities
  WHERE open AND probability >= $min_probability
  GROUP BY stage
)
SELECT
  'TOTAL FORECAST' AS stage, deal_count, total_value, expected_value, average_probability,
  'summary' AS type
FROM total
UNION ALL
SELECT
  stage, deal_count, total_value, expected_value, average_probability,
  'stage' AS type
FROM by_stage
ORDER BY type DESC, expected_value DESC, stage
