/*
name: analyze_product_win_rates
title: Win rates by product and service
purpose: Won and lost deals and the win rate of every service, best first.
parameters:
  min_deals:
    type: integer
    default: 1
    min: 1
    max: 100000
    description: Leave out services with fewer closed deals than this.
columns:
  product_category: {description: Product category of the deals.}
  service_type: {label: Service, description: Service of the deals.}
  deals_won: {label: Deals won, description: Number of deals won.}
  deals_lost: {label: Deals lost, description: Number of deals lost.}
  total_deals: {label: Closed deals, description: Number of deals won or lost.}
  win_rate_percent:
    label: Win rate (%)
    description: Deals won as a share of closed deals, 0 to 100.
    format: number
result: {rows: services}
chart: {type: bar, x: service_type, y: [win_rate_percent]}
example_questions:
  - Which products and services have the best win rates?
  - What are the win rates by product and service?
  - Which service do we win most often?
synonyms: [product win rates, service win rates, win rate by product and service]
*/
-- query: services
SELECT
  product_category,
  service AS service_type,
  MEASURE(won_deals) AS deals_won,
  MEASURE(lost_deals) AS deals_lost,
  MEASURE(closed_deals) AS total_deals,
  100 * MEASURE(win_rate) AS win_rate_percent
FROM opportunities
WHERE closed
GROUP BY product_category, service
HAVING MEASURE(closed_deals) >= $min_deals
ORDER BY win_rate_percent DESC, total_deals DESC, product_category, service_type
