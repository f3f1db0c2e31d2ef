"""Benchmarks that print ratios: Firstline beside a bare program that does the least such a program can do."""
