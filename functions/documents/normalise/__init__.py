"""Values made comparable: dates, telephone numbers, amounts, addresses. What is refused gets a flag."""
