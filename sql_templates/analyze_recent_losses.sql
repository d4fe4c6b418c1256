/*
name: analyze_recent_losses
title: Recent losses
purpose: >-
  Deals marked as lost whose close date is not more than a number of days ago (a close date
  ahead included), in the order of the close date.
parameters:
  days:
    type: integer
    default: 30
    min: 0
    max: 36500
    description: How many days back to look.
columns:
  account_name: {label: Account, description: The company the deal was with.}
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  amount: {description: Value of the deal.}
  close_date: {description: Close date of the deal.}
  next_step: {description: What was written down after the loss.}
  product_category: {description: Product category of the deal.}
  service_type: {label: Service, description: Service of the deal.}
  primary_contact: {description: Person the deal was worked with.}
  contact_title: {description: Job title of that person.}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which deals did we lose recently?
  - What did we lose in the last 30 days?
  - Show recent losses with their details
synonyms: [recent losses, recently lost deals, latest losses]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  amount,
  close_date,
  next_step,
  product_category,
  service AS service_type,
  primary_contact,
  contact_title
FROM opportunities
WHERE lost AND date_diff('day', close_date, as_of()) <= $days
ORDER BY close_date, opportunity_id
