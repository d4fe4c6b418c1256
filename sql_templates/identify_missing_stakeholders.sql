/*
name: identify_missing_stakeholders
title: Big open deals without a contact
purpose: >-
  Open deals without a primary contact whose amount is above a threshold; without a threshold
  given, above the amount that three quarters of all deals stay below.
parameters:
  min_amount:
    type: number
    min: 0
    description: List deals above this amount; by default the upper quartile of all deals.
columns:
  account_name: {label: Account, description: The company the deal is with.}
  opportunity_name: {label: Opportunity, description: Name of the deal.}
  amount: {description: Value of the deal.}
  stage: {description: Stage the deal is in.}
  current_contact: {label: Contact, description: 'The primary contact, or "No contact".'}
  contact_title: {label: Contact title, description: 'Job title, or "No title".'}
  days_in_stage: {description: Days since the deal was created.}
result: {rows: deals}
chart: {type: table}
example_questions:
  - Which high-value deals have no contact?
  - Where are stakeholders missing?
  - Which big open deals lack a primary contact?
synonyms: [missing stakeholders, deals missing contacts, big deals without a contact]
*/
-- query: deals
SELECT
  account_name,
  opportunity_name,
  amount,
  stage,
  COALESCE(primary_contact, 'No contact') AS current_contact,
  COALESCE(contact_title, 'No title') AS contact_title,
  days_in_stage
FROM opportunities
WHERE open
  AND missing_contact
  AND amount > COALESCE($min_amount, (SELECT QUANTILE_CONT(amount, 0.75) FROM opportunities))
ORDER BY close_date, opportunity_id
