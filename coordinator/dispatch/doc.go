// Package dispatch brings jobs and workers together: it gives waiting jobs to workers that fit
// ([Dispatcher.Round]), offers funded attempts to them, and answers what workers say (it is the hub's
// desk).
//
// Nothing here is remembered in memory that a restart would miss: leases, attempts and workers are rows
// of the store, offers are repeated whenever their worker connects.
package dispatch
