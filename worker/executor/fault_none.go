//go:build !faultinjection

package executor

// faulty is the engine itself: honest builds hold no other code here.
func faulty(e Engine) Engine { return e }
