package main

import (
	"sync"
	"time"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/m31"
)

// machine is what so many threads of this machine can do at best, measured.
type machine struct {
	threads int
	// bandwidth is bytes copied a second, read and written, of buffers beyond the
	// caches.
	bandwidth float64
	// hashes is Blake2s compressions a second of our leaf kernel on cached columns.
	hashes float64
}

const (
	copyBytes    = 128 << 20
	machineTries = 5
	hashColumns  = 16 // one block
	hashRows     = 1 << 12
	hashRounds   = 200
)

// measureMachine takes the best of some tries.
func measureMachine(threads int) machine {
	m := machine{threads: threads}
	for range machineTries {
		m.bandwidth = max(m.bandwidth, rate(threads, func() func() float64 {
			src, dst := make([]byte, copyBytes), make([]byte, copyBytes)
			copy(dst, src) // touch the pages
			return func() float64 { return float64(2 * copy(dst, src)) }
		}))
		m.hashes = max(m.hashes, rate(threads, func() func() float64 {
			columns := make([][]m31.Element, hashColumns)
			for i := range columns {
				columns[i] = make([]m31.Element, hashRows)
			}
			digests := make([]blake2s.Batch, hashRows/blake2s.Lanes)
			return func() float64 {
				for range hashRounds {
					blake2s.Rows(digests, columns, 0)
				}
				return hashRounds * hashRows
			}
		}))
	}
	return m
}

// rate runs prepared work on several goroutines and returns units a second.
func rate(threads int, prepare func() func() float64) float64 {
	work := make([]func() float64, threads)
	for i := range work {
		work[i] = prepare()
	}
	units := make([]float64, threads)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range work {
		wg.Go(func() { units[i] = work[i]() })
	}
	wg.Wait()
	elapsed := time.Since(start).Seconds()
	total := 0.0
	for _, u := range units {
		total += u
	}
	return total / elapsed
}
