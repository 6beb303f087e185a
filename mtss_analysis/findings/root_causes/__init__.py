"""Which factors carry a trend, at which level, and what can the data not tell?"""
