/*
name: analyze_fiscal_period_distribution
title: Pipeline by fiscal period
purpose: Open deals, pipeline, expected revenue and averages for every fiscal period.
columns:
  fiscal_period: {description: Fiscal quarter of the close date as the CRM states it.}
  deal_count: {label: Open deals, description: Number of open deals.}
  total_pipeline_value: {label: Pipeline, description: Amount of the open deals.}
  expected_revenue: {label: Expected revenue, description: Amount times probability of the open deals.}
  avg_deal_size: {description: Mean amount of the open deals.}
  avg_probability: {description: 'Mean probability of the open deals, 0 to 100.'}
result: {rows: periods}
chart: {type: bar, x: fiscal_period, y: [total_pipeline_value, expected_revenue]}
example_questions:
  - How is the pipeline distributed over fiscal periods?
  - What is the pipeline and expected revenue per fiscal period?
synonyms: [fiscal period distribution, pipeline by fiscal quarter, pipeline per fiscal period]
*/
-- query: periods
SELECT
  fiscal_period,
  MEASURE(open_deals) AS deal_count,
  MEASURE(pipeline_value) AS total_pipeline_value,
  MEASURE(weighted_pipeline) AS expected_revenue,
  MEASURE(avg_deal_size) AS avg_deal_size,
  MEASURE(avg_probability) AS avg_probability
FROM opportunities
WHERE open
GROUP BY fiscal_period
ORDER BY fiscal_period
