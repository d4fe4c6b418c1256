/*
name: analyze_deal_velocity
title: Deal velocity
purpose: >-
  How old deals are (days from creation to today; the export holds no history of stages): in
  total, by stage, and the open stages whose average is above a number of days.
parameters:
  stuck_days:
    type: integer
    default: 30
    min: 0
    max: 36500
    description: A deal counts as stuck after more days than this.
columns:
  avg_sales_cycle: {label: Average age (days), description: Mean days since creation of all deals.}
  fastest_deal_days: {label: Youngest deal (days), description: Fewest days since creation.}
  slowest_deal_days: {label: Oldest deal (days), description: Most days since creation.}
  deals_over_60_days: {label: Deals over 60 days, description: Number of deals created more than 60 days ago.}
  velocity_by_stage:
    label: By stage
    description: Mean, median and standard deviation of the days since creation and the deals per stage.
  bottlenecks:
    label: Bottlenecks
    description: Open stages with a mean above the number of days, and how many deals are stuck there.
result:
  object:
    avg_sales_cycle: {query: totals, as: value, column: avg_sales_cycle}
    fastest_deal_days: {query: totals, as: value, column: fastest_deal_days}
    slowest_deal_days: {query: totals, as: value, column: slowest_deal_days}
    deals_over_60_days: {query: totals, as: value, column: deals_over_60_days}
    velocity_by_stage: {query: by_stage, as: keyed}
    bottlenecks: {query: bottlenecks, as: rows}
chart: {type: bar, query: by_stage, x: stage, y: [avg_days]}
example_questions:
  - How fast do deals move through the pipeline?
  - What is our deal velocity?
  - Which stages are bottlenecks?
synonyms: [deal velocity, sales velocity, pipeline velocity, bottlenecks]
*/
-- query: totals
SELECT
  AVG(days_in_stage) AS avg_sales_cycle,
  MIN(days_in_stage) AS fastest_deal_days,
  MAX(days_in_stage) AS slowest_deal_days,
  COUNT_IF(days_in_stage > 60) AS deals_over_60_days
FROM opportunities

-- query: by_stage
SELECT
  stage,
  AVG(days_in_stage) AS avg_days,
  MEDIAN(days_in_stage) AS median_days,
  STDDEV(days_in_stage) AS std_dev,
  COUNT(*) AS deal_count
FROM opportunities
GROUP BY stage
ORDER BY stage

-- query: bottlenecks
SELECT
  stage,
  AVG(days_in_stage) AS avg_days,
  COUNT_IF(days_in_stage > $stuck_days) AS deals_stuck
FROM opportunities
WHERE open
GROUP BY stage
HAVING AVG(days_in_stage) > $stuck_days
ORDER BY avg_days DESC, stage
