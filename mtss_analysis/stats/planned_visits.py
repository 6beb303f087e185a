"""How many people have to be observed before a difference between two groups of them would be seen."""

from scipy.special import nctdtr, stdtrit

from mtss_analysis.errors import TooFewError

MOST_PEOPLE = 2000


def plan_people(
    *,
    difference: float,
    variance: float,
    icc: float,
    visits: int,
    n_others: int,
    others_visits: float,
    power: float = 0.80,
    alpha: float = 0.05,
) -> int:
    """Find the smallest number of people in a group whose mean would be told from that of another group.

    Parameters
    ----------
    difference : float
        Between the two groups' means, in the outcome's unit; its sign does not matter.
    variance : float
        Of single observations.
    icc : float
        Share of it between people, 0 to 1.
    visits : int
        Observations planned of each person.
    n_others : int
        People of the other group, who are observed already.
    others_visits : float
        Observations of each of them, on average.
    power : float
        Probability that the difference is seen.
    alpha : float
        Two-sided level of the t test of people's means.

    Returns
    -------
    int
        People, two or more.

    Raises
    ------
    TooFewError
        No number of people would do against so few others, or there is no difference to look for.

    References
    ----------
    Donner, A. & Klar, N. (2000). Design and Analysis of Cluster Randomization Trials in Health Research, section 5.2:
    the variance of a mean of m alike observations is ``σ²(1 + (m − 1)ρ)/m``. Power from the noncentral t distribution.
    """
    if difference == 0 or variance <= 0 or n_others < 2:
        raise TooFewError("there is no difference, or nobody to compare with")
    own = variance * (1 + (visits - 1) * icc) / visits
    of_others = variance * (1 + (others_visits - 1) * icc) / others_visits
    for people in range(2, MOST_PEOPLE + 1):
        df = people + n_others - 2
        shift = abs(difference) / (own / people + of_others / n_others) ** 0.5
        if 1 - float(nctdtr(df, shift, stdtrit(df, 1 - alpha / 2))) >= power:
            return people
    raise TooFewError(f"not even {MOST_PEOPLE} people would do")
