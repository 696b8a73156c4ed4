package validator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/validator/votelog"
	"github.com/sage-network/sage-node/wire"
)

// Defaults of Config.
const (
	DefaultPoll    = 2 * time.Second
	DefaultStagger = 2 * time.Second
)

const (
	outboxSize   = 1024
	evidenceSize = 64
	// Judgements at a time; a large result takes both cores for a while.
	judgedAtOnce = 2
)

// Config describes a service.
type Config struct {
	Network       string    // profile's name, for the topic
	ChainID       felt.Felt // short string
	ProofVerifier felt.Felt
	Address       felt.Felt // this validator's account
	VoteKey       starkhash.PrivateKey
	Chain         Chain
	Host          *p2p.Host
	Verifier      Verifier
	Log           *votelog.Log
	// Cursor remembers how far the chain was followed; from block 0 at every start when nil.
	Cursor Cursor
	// RoundTimeout is the length of a round; bft.DefaultRoundTimeout when zero.
	RoundTimeout time.Duration
	// Poll is the pause between looks at the chain; DefaultPoll when zero.
	Poll time.Duration
	// Stagger is how long one validator waits for the one before it to submit a certificate;
	// DefaultStagger when zero.
	Stagger time.Duration
	// Upgrades are the announced upgrades of contracts, in words, for the status; none when nil.
	Upgrades func() []string
	Logger   *slog.Logger // silent when nil
}

// Cursor remembers the block to continue from.
type Cursor interface {
	Load() (block uint64, err error)
	Save(block uint64) error
}

// Service is a running validator.
type Service struct {
	config Config
	log    *slog.Logger
	tables *tables
	slots  chan struct{} // judgements at a time
	outbox chan wire.Vote
	found  chan bft.Evidence
	fatal  chan error

	// Of follow's goroutine only: the epoch in which the vote log was pruned last.
	pruned   bool
	prunedAt uint64

	mu       sync.Mutex
	contests map[wire.Slot]*contest
	early    earlyVotes
	accused  map[offence]bool
	epoch    uint64
	begun    bool // epoch is known
	member   bool
	lastLook error
	submits  int
}

// NewService checks the configuration.
func NewService(config Config) (*Service, error) {
	switch {
	case config.Chain == nil, config.Host == nil, config.Verifier == nil, config.Log == nil:
		return nil, errors.New("validator: Chain, Host, Verifier and Log are needed")
	case config.VoteKey.IsZero():
		return nil, errors.New("validator: no vote key")
	case !starkhash.IsAddress(config.Address), !starkhash.IsAddress(config.ProofVerifier):
		return nil, errors.New("validator: account and ProofVerifier need addresses")
	}
	if config.RoundTimeout <= 0 {
		config.RoundTimeout = bft.DefaultRoundTimeout
	}
	if config.Poll <= 0 {
		config.Poll = DefaultPoll
	}
	if config.Stagger <= 0 {
		config.Stagger = DefaultStagger
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		config: config, log: config.Logger,
		tables:   newTables(config.Chain, config.ChainID, config.ProofVerifier),
		slots:    make(chan struct{}, judgedAtOnce),
		outbox:   make(chan wire.Vote, outboxSize),
		found:    make(chan bft.Evidence, evidenceSize),
		fatal:    make(chan error, 1),
		contests: make(map[wire.Slot]*contest),
		early:    newEarlyVotes(),
		accused:  make(map[offence]bool),
	}, nil
}

// Run works until the context ends, which is no error, or until the vote log fails, after which
// voting would be unsafe.
func (s *Service) Run(ctx context.Context) error {
	block := uint64(0)
	if s.config.Cursor != nil {
		var err error
		if block, err = s.config.Cursor.Load(); err != nil {
			return err
		}
	}
	if epoch, err := s.config.Chain.Epoch(ctx); err == nil {
		s.tables.advance(epoch)
	}
	topic, err := p2p.Join(s.config.Host, p2p.VoteTopic(s.config.Network), wire.VoteSize, newDoorman(s.tables).admit)
	if err != nil {
		return err
	}
	defer func() {
		if err := topic.Close(); err != nil {
			s.log.Debug("leaving the topic", "error", err)
		}
	}()
	s.config.Host.ServeBlobs(s)
	s.config.Host.ServeCertificates(s)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.receive(ctx, topic) })
	group.Go(func() error { return s.send(ctx, topic) })
	group.Go(func() error { return s.follow(ctx, group, block) })
	group.Go(func() error { return s.attend(ctx) })
	group.Go(func() error { return s.report(ctx) })
	group.Go(func() error {
		select {
		case err := <-s.fatal:
			return err
		case <-ctx.Done():
			return nil
		}
	})
	return group.Wait()
}

// fault ends the service when it can no longer vote safely.
func (s *Service) fault(err error) {
	if errors.Is(err, votelog.ErrBroken) {
		select {
		case s.fatal <- err:
		default:
		}
	}
}

// receive hands admitted votes to their contests.
func (s *Service) receive(ctx context.Context, topic *p2p.Topic[bft.ValidatedMessage]) error {
	for {
		message, err := topic.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("validator: receive votes: %w", err)
		}
		s.mu.Lock()
		slot := message.Vote().Slot
		c, ok := s.contests[slot]
		if !ok {
			s.early.add(message)
		}
		s.mu.Unlock()
		if ok {
			c.deliver(message)
		}
	}
}

// publish queues a vote; it never blocks.
func (s *Service) publish(vote wire.Vote) {
	select {
	case s.outbox <- vote:
	default:
		s.log.Warn("vote not sent: too many waiting; it is repeated next round")
	}
}

func (s *Service) send(ctx context.Context, topic *p2p.Topic[bft.ValidatedMessage]) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case vote := <-s.outbox:
			data, err := vote.MarshalBinary()
			if err == nil {
				err = topic.Publish(ctx, data)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Warn("vote not sent", "error", err)
			}
		}
	}
}

// follow looks at the chain again and again.
func (s *Service) follow(ctx context.Context, group *errgroup.Group, block uint64) error {
	for {
		next, err := s.look(ctx, group, block)
		s.mu.Lock()
		s.lastLook = err
		s.mu.Unlock()
		switch {
		case err == nil:
			block = next
		case ctx.Err() == nil:
			s.log.Warn("chain not followed; trying again", "error", err)
		}
		if !rest(ctx, s.config.Poll) {
			return nil
		}
	}
}

// look opens contests for new submissions, closes those that are over, and returns the block to
// continue from. What it saves is a block from which a restart finds all open contests again.
func (s *Service) look(ctx context.Context, group *errgroup.Group, block uint64) (uint64, error) {
	epoch, err := s.config.Chain.Epoch(ctx)
	if errors.Is(err, ErrNoEpoch) {
		return block, nil
	}
	if err != nil {
		return block, err
	}
	s.tables.advance(epoch)
	admission, err := s.tables.get(ctx, epoch)
	if err != nil {
		return block, err
	}
	_, member := admission.Table().Index(s.config.Address)
	s.mu.Lock()
	s.epoch, s.begun, s.member = epoch, true, member
	s.mu.Unlock()

	if err := s.prune(ctx, epoch); err != nil {
		return block, err
	}
	submissions, next, err := s.config.Chain.Submissions(ctx, block)
	if err != nil {
		return block, err
	}
	for _, submission := range submissions {
		if err := s.open(ctx, group, submission); err != nil {
			return block, err
		}
	}
	if err := s.closeEnded(ctx, group); err != nil {
		return block, err
	}
	s.mu.Lock()
	s.early.forget(epoch)
	s.mu.Unlock()
	if s.config.Cursor != nil {
		safe := next
		s.mu.Lock()
		for _, c := range s.contests {
			safe = min(safe, c.block)
		}
		s.mu.Unlock()
		if err := s.config.Cursor.Save(safe); err != nil {
			return block, err
		}
	}
	return next, nil
}

// prune forgets votes that nobody can be punished for any more, once an epoch and before the first vote.
func (s *Service) prune(ctx context.Context, epoch uint64) error {
	if s.pruned && s.prunedAt == epoch {
		return nil
	}
	keep, err := s.config.Chain.EvidenceEpochs(ctx)
	if err != nil {
		return err
	}
	if epoch > keep {
		n, err := s.config.Log.Prune(epoch - keep)
		if err != nil {
			s.fault(err)
			return err
		}
		if n > 0 {
			s.log.Info("old votes forgotten", "votes", n, "epochs_below", epoch-keep)
		}
	}
	s.pruned, s.prunedAt = true, epoch
	return nil
}

// open begins the contest on a submission that waits for a verdict.
func (s *Service) open(ctx context.Context, group *errgroup.Group, submission Submission) error {
	attempt, err := s.config.Chain.Attempt(ctx, submission.Job, submission.Attempt)
	if errors.Is(err, ErrAbstain) {
		// One bad submission must not stop the others.
		s.log.Error("contest not opened", "job", submission.Job, "attempt", submission.Attempt, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	if !attempt.Open() {
		return nil
	}
	admission, err := s.tables.get(ctx, attempt.Slot.VoteEpoch)
	if err != nil {
		return err
	}
	s.mu.Lock()
	_, running := s.contests[attempt.Slot]
	s.mu.Unlock()
	if running {
		return nil
	}
	c, err := s.newContest(ctx, attempt, admission, submission.Block)
	if err != nil {
		// One bad slot must not stop the others.
		s.log.Error("contest not opened", "slot", attempt.Slot.String(), "error", err)
		return nil
	}
	c.log.Info("contest opened", "worker", attempt.Slot.Worker.String(), "epoch", attempt.Slot.VoteEpoch)
	s.mu.Lock()
	s.contests[attempt.Slot] = c
	early := s.early.take(attempt.Slot)
	s.mu.Unlock()
	group.Go(func() error { c.run(); return nil })
	for _, message := range early {
		c.deliver(message)
	}
	return nil
}

// closeEnded ends contests that the chain is done with, and takes weight from the jailed. Where the chain has put another
// submission in the place of a contest's (blocks were replaced, and the job is there again with other terms), that one is
// contested instead. A contest whose submission is gone waits for it to come back.
func (s *Service) closeEnded(ctx context.Context, group *errgroup.Group) error {
	s.mu.Lock()
	contests := make([]*contest, 0, len(s.contests))
	epochs := make(map[uint64][]felt.Felt)
	for slot, c := range s.contests {
		contests = append(contests, c)
		epochs[slot.VoteEpoch] = nil
	}
	s.mu.Unlock()
	for epoch := range epochs {
		_, jailed, err := s.config.Chain.Table(ctx, epoch)
		if err != nil {
			return err
		}
		epochs[epoch] = jailed
	}
	for _, c := range contests {
		slot := c.attempt.Slot
		now, err := s.config.Chain.Attempt(ctx, slot.Job, slot.Attempt)
		switch {
		case errors.Is(err, ErrNoSubmission), errors.Is(err, ErrAbstain):
			c.log.Warn("the chain does not have the contest's submission now", "error", err)
			continue
		case err != nil:
			return err
		case now.Slot != slot:
			c.log.Warn("contest closed: the chain has another submission in its place", "terms", now.Slot.TermsHash.String())
			s.end(c)
			if err := s.open(ctx, group, Submission{Job: slot.Job, Attempt: slot.Attempt, Block: c.block}); err != nil {
				return err
			}
			continue
		case !now.Open():
			c.log.Info("contest closed", "recorded", now.Recorded)
			s.end(c)
			continue
		}
		for _, address := range epochs[slot.VoteEpoch] {
			c.post(func() { c.instance.Exclude(address) })
		}
	}
	return nil
}

// end takes a contest off the list and stops it.
func (s *Service) end(c *contest) {
	s.mu.Lock()
	delete(s.contests, c.attempt.Slot)
	s.mu.Unlock()
	c.cancel()
}

// judgeOnce judges an attempt. Few at a time compute; who waits for slow peers holds up no other contest.
func (s *Service) judgeOnce(ctx context.Context, c *contest) (Finding, error) {
	return Judge{
		Verifier: inTurn{s.slots, s.config.Verifier},
		Blobs:    keeping{s.config.Host, c, s.config.RoundTimeout / 3},
		From:     s.workerPeer(ctx, c.attempt),
	}.Judge(ctx, c.attempt)
}

// workerPeer names the peer that the attempt's worker is, by the node key that the chain has. Where
// that is not to be had, the blobs are looked for among connected peers alone.
func (s *Service) workerPeer(ctx context.Context, a Attempt) []peer.ID {
	key, err := s.config.Chain.NodeKey(ctx, a.Slot.Worker)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Warn("the worker's peer is not known", "job", a.Slot.Job, "attempt", a.Slot.Attempt, "error", err)
		}
		return nil
	}
	id, err := p2p.PeerID(key)
	if err != nil {
		s.log.Warn("the worker's peer is not known", "job", a.Slot.Job, "attempt", a.Slot.Attempt, "error", err)
		return nil
	}
	return []peer.ID{id}
}

// inTurn lets few verify at a time.
type inTurn struct {
	slots chan struct{}
	Verifier
}

// Verify implements Verifier. It waits for its turn even when the contest is over: a turn is short.
func (v inTurn) Verify(s prover.Statement, blob []byte) (felt.Felt, error) {
	v.slots <- struct{}{}
	defer func() { <-v.slots }()
	return v.Verifier.Verify(s, blob)
}

// CommitResult implements Verifier.
func (v inTurn) CommitResult(ctx context.Context, k uint32, c prover.Matrix) (job.Hash, error) {
	select {
	case v.slots <- struct{}{}:
	case <-ctx.Done():
		return job.Hash{}, ctx.Err()
	}
	defer func() { <-v.slots }()
	return v.Verifier.CommitResult(ctx, k, c)
}

// keeping fetches blobs once, in bounded time, and keeps them for others while the contest lasts.
type keeping struct {
	from    Blobs
	contest *contest
	limit   time.Duration
}

// Fetch implements Blobs.
func (k keeping) Fetch(ctx context.Context, hash job.Hash, maxSize int, from ...peer.ID) ([]byte, error) {
	if blob, ok := k.contest.blob(hash); ok {
		return blob, nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.limit)
	defer cancel()
	blob, err := k.from.Fetch(ctx, hash, maxSize, from...)
	if err == nil {
		k.contest.keep(hash, blob)
	}
	return blob, err
}

// Get implements p2p.Blobs: a validator serves what its open contests are about.
func (s *Service) Get(_ context.Context, hash job.Hash) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.contests {
		if blob, ok := c.blob(hash); ok {
			return blob, nil
		}
	}
	return nil, p2p.ErrNotFound
}

// Certificate implements p2p.Certificates: for an attempt that is still open, the quorum certificate that
// was made of the votes here. Whoever it concerns may take it to the chain.
func (s *Service) Certificate(_ context.Context, id job.ID, attempt uint32) (wire.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for slot, c := range s.contests {
		if slot.Job == id && slot.Attempt == attempt {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.quorum != nil {
				return *c.quorum, nil
			}
		}
	}
	return wire.Certificate{}, p2p.ErrNotFound
}
