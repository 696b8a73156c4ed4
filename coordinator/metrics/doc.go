// Package metrics counts what a coordinator pays with, for Prometheus.
//
// Whoever reads metrics shall learn nothing of a single payment that the chain does not tell. No label names a job, a
// worker or an account, since a series for each would join times to them; no amount of a payment is counted or
// summed; and private balances are rounded down to a coarse step, since the difference of two readings around one
// payment would be its price.
package metrics
