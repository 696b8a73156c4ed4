package sim

import (
	"container/heap"
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// Config is one run.
type Config struct {
	Seed   uint64
	Stakes []int64 // one validator each
	// Behaviours replaces honest validators by adversaries, by position.
	Behaviours map[int]Behaviour
	// Weather decides over each message until Heal; calm when nil.
	Weather Weather
	// Heal is when messages begin to arrive within MaxDelay, and crashes end.
	Heal         time.Duration
	MaxDelay     time.Duration
	RoundTimeout time.Duration
	// Truth is what the committed bytes are: wire.Valid or wire.Invalid.
	Truth wire.Verdict
	// ServedAt is when each validator can fetch the bytes; always when nil.
	ServedAt []time.Duration
	// CrashRate is the chance that an honest validator dies while it records a vote, before Heal;
	// half of the time the record has reached the disk.
	CrashRate float64
	// Horizon ends the run.
	Horizon time.Duration
}

// Outcome is what honest validators saw.
type Outcome struct {
	Certificates []map[wire.Verdict]wire.Certificate // by validator
	CertifiedAt  []time.Duration                     // when the first decisive one was seen
	Accused      map[int]bool                        // positions that evidence names
	Crashes      int
	Events       int
}

// Weather is an adversary that holds the network until it heals.
type Weather interface {
	// Deliver returns the delays after which copies of a message arrive: none drops it, two
	// duplicate it.
	Deliver(r *rand.Rand, now time.Duration, from, to int) []time.Duration
}

// Behaviour is an adversary that holds a validator's key.
type Behaviour interface {
	// Start is called once at the beginning.
	Start(c *Control)
	// Hear is called for every vote that arrives.
	Hear(c *Control, vote wire.Vote)
}

// World is a run in progress.
type world struct {
	Config
	rand      *rand.Rand
	now       time.Duration
	queue     queue
	sequence  int
	slot      wire.Slot
	table     *bft.Table
	admission *bft.Admission
	nodes     []node
	outcome   Outcome
	err       error
}

// node takes what arrives for a validator.
type node interface {
	start()
	hear(wire.Vote)
}

// Run plays a configuration to its horizon. The error is a fault of an honest validator: a
// contradiction of its own, a certificate that does not verify.
func Run(config Config) (Outcome, error) {
	w := &world{Config: config, rand: rand.New(rand.NewPCG(config.Seed, 0x5a6e)), slot: testSlot()}
	n := len(config.Stakes)
	w.outcome = Outcome{
		Certificates: make([]map[wire.Verdict]wire.Certificate, n),
		CertifiedAt:  make([]time.Duration, n),
		Accused:      make(map[int]bool),
	}
	members := make([]bft.Member, n)
	for i, stake := range config.Stakes {
		members[i] = bft.Member{Address: address(i), VoteKey: key(i), Stake: big.NewInt(stake)}
	}
	table, err := bft.NewTable(w.slot.VoteEpoch, members)
	if err != nil {
		return w.outcome, err
	}
	w.table = table
	w.admission = bft.NewAdmission(w.slot.ChainID, w.slot.ProofVerifier, table, scheme{})
	for i := range n {
		w.outcome.Certificates[i] = make(map[wire.Verdict]wire.Certificate)
		if b, ok := config.Behaviours[i]; ok {
			w.nodes = append(w.nodes, &Control{world: w, behaviour: b, Self: i, Rand: w.rand})
		} else {
			w.nodes = append(w.nodes, newHonest(w, i))
		}
	}
	for i := range w.nodes {
		w.after(w.upTo(w.MaxDelay), w.nodes[i].start)
	}
	for w.queue.Len() > 0 && w.err == nil {
		e := heap.Pop(&w.queue).(event)
		if e.at > w.Horizon {
			break
		}
		w.now = e.at
		w.outcome.Events++
		e.do()
	}
	return w.outcome, w.err
}

func (w *world) healed() bool { return w.now >= w.Heal }

// upTo draws a duration in (0, d].
func (w *world) upTo(d time.Duration) time.Duration {
	return 1 + time.Duration(w.rand.Int64N(int64(max(d, 1))))
}

func (w *world) after(d time.Duration, do func()) {
	w.sequence++
	heap.Push(&w.queue, event{at: w.now + d, sequence: w.sequence, do: do})
}

// send carries a vote through the weather.
func (w *world) send(from, to int, vote wire.Vote) {
	delays := []time.Duration{w.upTo(w.MaxDelay)}
	if w.Weather != nil && !w.healed() {
		delays = w.Weather.Deliver(w.rand, w.now, from, to)
	}
	for _, d := range delays {
		w.after(max(d, 1), func() { w.nodes[to].hear(vote) })
	}
}

func (w *world) broadcast(from int, vote wire.Vote) {
	for to := range w.nodes {
		if to != from {
			w.send(from, to, vote)
		}
	}
}

func (w *world) fail(i int, err error) {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("seed %d, validator %d at %s: %w", w.Seed, i, w.now, err)
	}
}

func testSlot() wire.Slot {
	return wire.Slot{
		ChainID: *new(felt.Felt).SetUint64(0x5341), ProofVerifier: *new(felt.Felt).SetUint64(0xfe),
		VerifierVersion: 1, VoteEpoch: 7, Job: job.ID{15: 9}, Attempt: 1,
		Worker: *new(felt.Felt).SetUint64(0x77), ProofHash: [32]byte{1}, ResultHash: [32]byte{2},
	}
}

func address(i int) felt.Felt { return *new(felt.Felt).SetUint64(uint64(1000 + i)) }
func key(i int) felt.Felt     { return *new(felt.Felt).SetUint64(uint64(500000 + i)) }

type event struct {
	at       time.Duration
	sequence int
	do       func()
}

// queue is a heap of events by time, then by order of scheduling.
type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].sequence < q[j].sequence
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}
