//go:build !faultinjection

package worker

// faulty says that this build's workers cheat.
const faulty = false
