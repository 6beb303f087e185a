"""The action plan, held against the evidence: goals, actions, deliverables, money, and what is on track."""
