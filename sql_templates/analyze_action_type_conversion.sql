/*
name: analyze_action_type_conversion
title: Conversion by action type
purpose: Won and lost deals, conversion rate, deal size and age of closed deals by action type.
columns:
  action_type: {description: What the deal is about.}
  deals_won: {label: Deals won, description: Number of deals won.}
  deals_lost: {label: Deals lost, description: Number of deals lost.}
  total_deals: {label: Closed deals, description: Number of deals won or lost.}
  conversion_rate:
    label: Conversion rate (%)
    description: Deals won as a share of closed deals, 0 to 100.
    format: number
  avg_deal_size: {description: Mean amount of the closed deals.}
  avg_sales_cycle_days:
    label: Average age (days)
    description: Mean days from creation to today of the closed deals.
result: {rows: action_types}
chart: {type: bar, x: action_type, y: [conversion_rate]}
example_questions:
  - Which action types convert best?
  - What is the conversion rate by action type?
synonyms: [action type conversion, conversion by action type]
*/
-- query: action_types
SELECT
  action_type,
  MEASURE(won_deals) AS deals_won,
  MEASURE(lost_deals) AS deals_lost,
  MEASURE(closed_deals) AS total_deals,
  100 * MEASURE(win_rate) AS conversion_rate,
  MEASURE(avg_deal_size) AS avg_deal_size,
  MEASURE(avg_days_in_stage) AS avg_sales_cycle_days
FROM opportunities
WHERE closed
GROUP BY action_type
ORDER BY conversion_rate DESC, total_deals DESC, action_type
