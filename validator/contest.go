package validator

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

// inboxSize bounds what waits for a contest. Votes beyond it are lost, and come again next round.
const inboxSize = 1024

// contest is the vote on one slot: one bft instance, and the goroutine that alone touches it.
type contest struct {
	service  *Service
	attempt  Attempt // as it was when the contest opened; Slot, Statement and Delivery never change
	block    uint64  // of the submission
	log      *slog.Logger
	instance *bft.Instance
	inbox    chan func()
	timer    *time.Timer
	alarm    uint32 // round that the timer ends

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	judging bool // a judgement is under way

	mu     sync.Mutex // guards what other goroutines read
	view   ContestStatus
	quorum *wire.Certificate // the last one that was made or seen
	served map[job.Hash][]byte
}

// ContestStatus is what people see of a contest.
type ContestStatus struct {
	Job       job.ID  `json:"job_id"`
	Attempt   uint32  `json:"attempt"`
	Epoch     uint64  `json:"epoch"`
	Round     uint32  `json:"round"`
	Finding   Finding `json:"finding,omitzero"`
	Certified string  `json:"certified,omitempty"`
	Fault     string  `json:"fault,omitempty"`
}

func (s *Service) newContest(ctx context.Context, a Attempt, admission *bft.Admission, block uint64) (*contest, error) {
	c := &contest{
		service: s, attempt: a, block: block,
		log:    s.log.With("job", a.Slot.Job, "attempt", a.Slot.Attempt),
		inbox:  make(chan func(), inboxSize),
		timer:  time.NewTimer(time.Hour),
		served: make(map[job.Hash][]byte),
		view:   ContestStatus{Job: a.Slot.Job, Attempt: a.Slot.Attempt, Epoch: a.Slot.VoteEpoch},
	}
	c.timer.Stop()
	instance, err := bft.NewInstance(bft.Config{
		Slot: a.Slot, Admission: admission, Self: s.config.Address,
		RoundTimeout: s.config.RoundTimeout, History: s.config.Log.Votes(a.Slot),
	}, c)
	if err != nil {
		return nil, err
	}
	c.instance = instance
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c, nil
}

// run is the contest's goroutine. It ends with the context.
func (c *contest) run() {
	defer c.tasks.Wait()
	defer c.timer.Stop()
	c.do(c.instance.Start)
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.timer.C:
			c.do(func() error { return c.instance.Alarm(c.alarm) })
		case call := <-c.inbox:
			call()
		}
	}
}

// do calls into the instance, and notes where it stands.
func (c *contest) do(call func() error) {
	err := call()
	c.mu.Lock()
	c.view.Round = c.instance.Round()
	if err != nil {
		c.view.Fault = err.Error()
	}
	c.mu.Unlock()
	if err != nil {
		c.log.Error("vote failed", "error", err)
		c.service.fault(err)
	}
}

// post leaves a call for the contest's goroutine; false when the inbox is full.
func (c *contest) post(call func()) bool {
	select {
	case c.inbox <- call:
		return true
	default:
		return false
	}
}

// deliver hands an admitted vote to the instance.
func (c *contest) deliver(m bft.ValidatedMessage) {
	if !c.post(func() { c.do(func() error { return c.instance.Receive(m) }) }) {
		vote := m.Vote()
		c.log.Warn("vote lost: too many waiting", "validator", vote.Validator.String())
	}
}

// task starts a goroutine that ends before run returns. Only run's goroutine may call it.
func (c *contest) task(do func(ctx context.Context)) { c.tasks.Go(func() { do(c.ctx) }) }

// The methods below are bft.Host; the instance calls them from the contest's goroutine.

var _ bft.Host = (*contest)(nil)

// Broadcast implements bft.Network.
func (c *contest) Broadcast(vote wire.Vote) {
	c.log.Info("voted", "verdict", vote.Verdict, "round", vote.Round)
	c.service.publish(vote)
}

// SetAlarm implements bft.Clock.
func (c *contest) SetAlarm(round uint32, d time.Duration) {
	c.alarm = round
	c.timer.Reset(d)
}

// Sign implements bft.Signer.
func (c *contest) Sign(vote wire.Vote) (wire.Signature, error) {
	signed, err := wire.SignVote(c.service.config.VoteKey, vote)
	return signed.Signature, err
}

// Record implements bft.Journal.
func (c *contest) Record(vote wire.Vote) error { return c.service.config.Log.Record(vote) }

// RoundBegan implements bft.Observer: look for the bytes, unless that is under way.
func (c *contest) RoundBegan(uint32) {
	if c.judging {
		return
	}
	c.judging = true
	c.task(func(ctx context.Context) {
		finding, err := c.judge(ctx)
		if ctx.Err() != nil {
			return
		}
		select {
		case c.inbox <- func() { c.conclude(finding, err) }:
		case <-ctx.Done():
		}
	})
}

// judge looks for the committed bytes until most of the round is over.
func (c *contest) judge(ctx context.Context) (Finding, error) {
	search, cancel := context.WithTimeout(ctx, c.service.config.RoundTimeout*2/3)
	defer cancel()
	pause := c.service.config.RoundTimeout / 64
	for {
		finding, err := c.service.judgeOnce(ctx, c)
		if err != nil || finding.Verdict != wire.Unavailable {
			return finding, err
		}
		if !rest(search, pause) {
			return finding, nil
		}
		pause *= 2
	}
}

func (c *contest) conclude(finding Finding, err error) {
	c.judging = false
	if errors.Is(err, ErrAbstain) {
		c.log.Warn("no vote", "reason", err)
		c.mu.Lock()
		c.view.Fault = err.Error()
		c.mu.Unlock()
		return
	}
	if err != nil {
		c.log.Error("judgement failed", "error", err)
		return
	}
	c.log.Info("judged", "verdict", finding.Verdict, "reason", finding.Reason)
	c.mu.Lock()
	c.view.Finding = finding
	c.mu.Unlock()
	c.do(func() error { return c.instance.Conclude(finding.Verdict) })
}

// Certified implements bft.Observer.
func (c *contest) Certified(certificate wire.Certificate) {
	c.log.Info("certificate", "verdict", certificate.Verdict, "round", certificate.Round, "signers", certificate.Signers.Count())
	c.mu.Lock()
	c.view.Certified = certificate.Verdict.String()
	c.quorum = &certificate
	c.mu.Unlock()
	c.task(func(ctx context.Context) { c.service.submit(ctx, certificate) })
}

// Equivocated implements bft.Observer. The report outlives the contest.
func (c *contest) Equivocated(e bft.Evidence) {
	validator := e.Validator()
	c.log.Warn("a validator contradicted itself", "validator", validator.String())
	c.service.accuse(e)
}

// status returns what people see.
func (c *contest) status() ContestStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// keep remembers a fetched blob, to serve it to other validators.
func (c *contest) keep(hash job.Hash, blob []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.served[hash] = blob
}

func (c *contest) blob(hash job.Hash) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	blob, ok := c.served[hash]
	return blob, ok
}

// rest waits; false when the context ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
