"""Attendance, behaviour and social-emotional findings beside the academic ones."""
