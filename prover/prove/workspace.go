package prove

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/circle"
	"github.com/sage-network/sage-node/prover/internal/arena"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/lde"
	"github.com/sage-network/sage-node/prover/m31"
)

// A Workspace holds what proofs share: buffers that the next proof works on
// again, twiddles, and committed preprocessed trees. It changes how long a proof
// takes, never what comes out. Several proofs may use it at a time.
type Workspace struct {
	arena *arena.Arena

	mu     sync.Mutex
	tables map[any]*table
	limit  int64
	held   int64
	clock  uint64
}

// table is a value that takes long to compute and is only read.
type table struct {
	value any
	bytes int64
	used  uint64
}

// NewWorkspace returns a workspace that keeps between proofs at most so many bytes
// of buffers, and at most so many of tables. Tables of one size share memory, which
// counts once, with the twiddles: when these are dropped first, it stays until the
// others go. Buffers of less than 16 MiB share slabs of up to that size, which go when
// no buffer in them is kept. A proof of 2^20 rows and 33 columns at
// blowup 16 works on about 500 MiB of buffers and 250 MiB of tables.
func NewWorkspace(buffers, tables int64) *Workspace {
	return &Workspace{arena: arena.New(buffers), tables: map[any]*table{}, limit: tables}
}

// Trim gives everything that no proof uses at the moment to the garbage
// collector.
func (ws *Workspace) Trim() {
	ws.arena.Trim()
	ws.mu.Lock()
	defer ws.mu.Unlock()
	clear(ws.tables)
	ws.held = 0
}

// Elements lends a buffer of n field elements, of any content, for columns that
// are handed to [Prove] and return with its end.
func (ws *Workspace) Elements(n int) []m31.Element { return ws.arena.Elements(n) }

// lookup returns the table of the key, which compute makes with its size if need
// be. The least recently used tables go when the limit is exceeded.
func lookup[T any](ws *Workspace, key any, compute func() (T, int64, error)) (T, error) {
	ws.mu.Lock()
	ws.clock++
	if t, ok := ws.tables[key]; ok {
		t.used = ws.clock
		ws.mu.Unlock()
		return t.value.(T), nil
	}
	ws.mu.Unlock()
	value, bytes, err := compute()
	if err != nil || bytes > ws.limit {
		return value, err
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if t, ok := ws.tables[key]; ok { // another proof was faster
		return t.value.(T), nil
	}
	for ws.held+bytes > ws.limit {
		ws.dropOldest()
	}
	ws.tables[key] = &table{value, bytes, ws.clock}
	ws.held += bytes
	return value, nil
}

func (ws *Workspace) dropOldest() {
	var oldest any
	for key, t := range ws.tables {
		if oldest == nil || t.used < ws.tables[oldest].used {
			oldest = key
		}
	}
	ws.held -= ws.tables[oldest].bytes
	delete(ws.tables, oldest)
}

// twiddlesKey names the twiddles of the first 2^logFront points of the canonic
// domain of 2^logDomain.
type twiddlesKey struct {
	logDomain, logFront int
	inverse             bool
}

// twiddles returns the twiddles of a canonic domain.
func (ws *Workspace) twiddles(ctx context.Context, w parallel.Workers, logDomain int, inverse bool) (*circle.Twiddles, error) {
	return lookup(ws, twiddlesKey{logDomain, logDomain, inverse}, func() (*circle.Twiddles, int64, error) {
		tw, err := circle.ComputeTwiddles(ctx, w, circle.CanonicDomain(logDomain), inverse)
		return tw, twiddlesBytes(logDomain, inverse), err
	})
}

// front returns the twiddles, with inverses, of the first 2^logFront points of the
// canonic domain of 2^logDomain points, which tw's domain becomes by doubling.
func (ws *Workspace) front(ctx context.Context, w parallel.Workers, tw *circle.Twiddles, logDomain, logFront int) (*circle.Twiddles, error) {
	return lookup(ws, twiddlesKey{logDomain, logFront, true}, func() (*circle.Twiddles, int64, error) {
		f, err := tw.Double(tw.LogSize()-logDomain).Front(ctx, w, logFront, true)
		return f, twiddlesBytes(logFront, true), err
	})
}

// twiddlesBytes is the size of the twiddles of 2^logSize points.
func twiddlesBytes(logSize int, inverse bool) int64 {
	n := int64(4) << logSize
	if inverse {
		n *= 2
	}
	return n
}

// preprocessedKey names a committed tree of preprocessed columns, whose ids stand
// for their content.
type preprocessedKey struct {
	columns   string
	logBlowup int
	keep      lde.Keep
}

// preprocessed returns the commitment to an AIR's preprocessed columns. It is
// shared and must not be released.
func (ws *Workspace) preprocessed(a *air.AIR, logBlowup int, keep lde.Keep, commit func() (*lde.Commitment, error)) (*lde.Commitment, error) {
	var ids strings.Builder
	for _, c := range a.Preprocessed {
		fmt.Fprintf(&ids, "%d %q\n", c.LogSize, c.ID)
	}
	return lookup(ws, preprocessedKey{ids.String(), logBlowup, keep}, func() (*lde.Commitment, int64, error) {
		c, err := commit()
		if err != nil {
			return nil, 0, err
		}
		return c, c.Bytes(), nil
	})
}

// Held returns the bytes of buffers that are kept and that no proof uses at the
// moment, and of tables.
func (ws *Workspace) Held() (buffers, tables int64) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return ws.arena.Idle(), ws.held
}
