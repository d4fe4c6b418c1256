/*
name: get_account_360_view
title: Account 360 view
purpose: >-
  Everything about one account: deals, value, stages, product categories, contact titles, the
  deals created last and the number of contacts.
parameters:
  account_name:
    type: text
    required: true
    members_of: accounts.account_name
    description: The account's name; upper and lower case do not matter.
columns:
  account_name: {label: Account, description: The account.}
  opportunity_summary:
    label: Deals
    description: >-
      Number and amount of all deals (won, lost and open), amount times probability of all
      deals, and the number of won, lost and open deals.
  stage_distribution: {label: Deals per stage, description: Number of deals per stage.}
  product_preferences: {label: Deals per product category, description: Number of deals per product category.}
  contact_titles: {label: Contact titles, description: The ten most frequent titles and how many contacts have them.}
  recent_opportunities: {label: Recent deals, description: The five deals created last.}
  total_contacts: {label: Contacts, description: Number of contacts., format: integer}
result:
  object:
    account_name: {parameter: account_name}
    opportunity_summary: {query: opportunity_summary, as: object}
    stage_distribution: {query: stage_distribution, as: map}
    product_preferences: {query: product_preferences, as: map}
    contact_titles: {query: contact_titles, as: map}
    recent_opportunities: {query: recent_opportunities, as: rows}
    total_contacts: {query: total_contacts, as: value}
chart: {type: bar, query: stage_distribution, x: stage, y: [deal_count]}
example_questions:
  - Give me a 360 view of an account
  - Tell me everything about an account
synonyms: [account 360, account overview, account profile]
*/
-- query: opportunity_summary
SELECT
  MEASURE(deal_count) AS total_opportunities,
  COALESCE(MEASURE(total_amount), 0) AS total_value,
  COALESCE(SUM(weighted_amount), 0) AS weighted_value,
  MEASURE(won_deals) AS won_deals,
  MEASURE(lost_deals) AS lost_deals,
  MEASURE(open_deals) AS active_deals
FROM opportunities
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name)

-- query: stage_distribution
SELECT stage, MEASURE(deal_count) AS deal_count
FROM opportunities
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name)
GROUP BY stage
ORDER BY deal_count DESC, stage

-- query: product_preferences
SELECT product_category, MEASURE(deal_count) AS deal_count
FROM opportunities
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name) AND product_category IS NOT NULL
GROUP BY product_category
ORDER BY deal_count DESC, product_category

-- query: contact_titles
SELECT title, MEASURE(contact_count) AS contact_count
FROM contacts
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name) AND title IS NOT NULL
GROUP BY title
ORDER BY contact_count DESC, MIN(contact_id)
LIMIT 10

-- query: recent_opportunities
SELECT
  opportunity_name AS "Opportunity Name",
  stage AS "Stage",
  amount AS "Amount",
  probability AS "Probability (%)",
  next_step AS "Next Step"
FROM opportunities
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name)
ORDER BY created_date DESC, opportunity_id
LIMIT 5

-- query: total_contacts
SELECT MEASURE(contact_count) AS total_contacts
FROM contacts
WHERE (accounts.account_name = $account_name
  OR account_id IS NULL AND account_name = $account_name)
