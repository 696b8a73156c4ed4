//go:build !unix

package main

import "time"

var started = time.Now()

// processorTime returns the time since the start, where systems do not say how much
// of it this process had the processor.
func processorTime() time.Duration { return time.Since(started) }
