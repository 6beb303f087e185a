"""A synthetic district whose truth is known: drawn from a seed, with truths that can be switched off one by one."""

from mtss_analysis.district.simulate.simulate import SimulatedDistrict, simulate_district
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.truths import Truths
from mtss_analysis.district.simulate.write import write_district

__all__ = ["SimulatedDistrict", "Sizes", "Truths", "simulate_district", "write_district"]
