package prove

import "github.com/sage-network/sage-node/prover/proof"

// progress turns phases into an estimate of the fraction done. Costs are in
// units of one hash compression for each point of the evaluation domain, and much
// the same ratios with portable and vector kernels: they need only be roughly
// right.
type progress struct {
	call        func(string, float64)
	shape       proof.Shape
	done, total float64
	running     float64
}

// Costs of extending one column and of trying one nonce for each point, in the
// unit above.
const (
	fftCost   = 0.13
	nonceCost = 0.6
)

func newProgress(call func(string, float64), shape proof.Shape) *progress {
	p := &progress{call: call, shape: shape}
	for tree := range shape.Columns {
		p.total += p.trace(tree) + p.tree(tree)
	}
	p.total += p.twiddles() + p.composition() + p.samples() + p.quotients() + p.fri() + p.grind() + p.openings()
	return p
}

// phase starts a phase of the given cost; the one before it is done.
func (p *progress) phase(name string, cost float64) {
	p.done += p.running
	p.running = cost
	if p.call != nil {
		p.call(name, min(p.done/p.total, 1))
	}
}

// skip counts work that need not be done as done.
func (p *progress) skip(cost float64) { p.done += cost }

func (p *progress) finish() {
	if p.call != nil {
		p.call(PhaseDone, 1)
	}
}

func (p *progress) columns() (n float64) {
	for _, tree := range p.shape.Columns {
		n += float64(len(tree))
	}
	return n
}

// perRow is the cost of one compression for each row of the trace.
func (p *progress) perRow() float64 { return 1 / float64(uint(1)<<p.shape.Config.LogBlowup) }

func (p *progress) twiddles() float64 { return 0.5 }

func (p *progress) tree(i int) float64 {
	n := len(p.shape.Columns[i])
	if n == 0 {
		return 0
	}
	return float64((n+15)/16) + 1 + fftCost*float64(n)
}

// trace is the cost of the columns of one of the AIR's trees.
func (p *progress) trace(i int) float64 {
	if i == len(p.shape.Columns)-1 {
		return 0 // the composition's columns
	}
	return 0.2 * p.perRow() * float64(len(p.shape.Columns[i]))
}

func (p *progress) composition() float64 {
	return (2*fftCost + 0.5) * p.perRow() * p.columns()
}

func (p *progress) samples() float64   { return 0.05 * p.perRow() * p.columns() }
func (p *progress) quotients() float64 { return 0.1*p.perRow()*p.columns() + 4*p.perRow() }
func (p *progress) fri() float64       { return 4*fftCost + 0.6 }
func (p *progress) openings() float64  { return 0.2 * p.perRow() * p.columns() }

func (p *progress) grind() float64 {
	return nonceCost * float64(uint64(1)<<p.shape.Config.PowBits) / float64(uint64(1)<<p.shape.LogDomain())
}
