"""Where is the school, where is it going, for whom?"""
