"""Grades are sorted as children grow, not as text."""

from mtss_analysis.measures.groups import order_grade


def test_grades_are_sorted_from_the_youngest():
    """Prekindergarten and kindergarten come first, grade 10 after grade 9, and what is no grade comes last."""
    shuffled = ["10", "all", "K", "2", "PK", "9", "12"]
    assert sorted(shuffled, key=order_grade) == ["PK", "K", "2", "9", "10", "12", "all"]
