package validator

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"go.uber.org/goleak"
	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/p2p"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/validator/votelog"
	"github.com/sage-network/sage-node/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	testChainID  = starkhash.MustShortString("SN_TEST")
	testVerifier = starkhash.Uint64(0xfe)
)

// ledger is a chain in memory, with the rules that matter to validators.
type ledger struct {
	mu        sync.Mutex
	members   []bft.Member
	jailed    []felt.Felt
	attempts  []*Attempt
	approvals []wire.Certificate
	evidence  []bft.Evidence
	checkIns  map[felt.Felt]int
	rejected  int // certificates that did not verify
	epoch     uint64
	nodeKeys  map[felt.Felt]*secp256k1.PublicKey
	changed   chan struct{} // closed and replaced at each change
}

func newLedger(members []bft.Member) *ledger {
	return &ledger{members: members, checkIns: make(map[felt.Felt]int), changed: make(chan struct{}), epoch: 3}
}

func (l *ledger) touch() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// await waits until a condition on the ledger holds.
func (l *ledger) await(t *testing.T, what string, condition func(*ledger) bool) {
	t.Helper()
	timeout := time.NewTimer(40 * time.Second)
	defer timeout.Stop()
	for {
		l.mu.Lock()
		ok, changed := condition(l), l.changed
		l.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (l *ledger) submit(a Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.Stage = Submitted
	l.attempts = append(l.attempts, &a)
	l.touch()
}

// replace puts one submission in the place of another, as if the blocks with that had never been.
func (l *ledger) replace(before, after Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, a := range l.attempts {
		if a.Slot == before.Slot {
			l.attempts[i] = &after
		}
	}
	l.touch()
}

func (l *ledger) find(id job.ID, attempt uint32) *Attempt {
	for _, a := range slices.Backward(l.attempts) {
		if a.Slot.Job == id && (attempt == 0 || a.Slot.Attempt == attempt) {
			return a
		}
	}
	return nil
}

// account is the ledger as one validator's account sees it.
type account struct {
	*ledger
	address felt.Felt
}

func (a account) Submissions(_ context.Context, from uint64) ([]Submission, uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []Submission
	for i, attempt := range a.attempts {
		if uint64(i) >= from {
			found = append(found, Submission{attempt.Slot.Job, attempt.Slot.Attempt, uint64(i)})
		}
	}
	return found, uint64(len(a.attempts)), nil
}

func (a account) Attempt(_ context.Context, id job.ID, attempt uint32) (Attempt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found := a.find(id, attempt); found != nil {
		return *found, nil
	}
	return Attempt{}, fmt.Errorf("%w: job %s", ErrNoSubmission, id)
}

func (a account) NodeKey(_ context.Context, worker felt.Felt) (*secp256k1.PublicKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key, ok := a.nodeKeys[worker]; ok {
		return key, nil
	}
	return nil, ErrNoNodeKey
}

func (a account) EvidenceEpochs(context.Context) (uint64, error) { return 2, nil }

func (a account) Epoch(context.Context) (uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.epoch, nil
}

func (a account) Table(_ context.Context, epoch uint64) ([]bft.Member, []felt.Felt, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if epoch > a.epoch {
		return nil, nil, ErrNoEpoch
	}
	return slices.Clone(a.members), slices.Clone(a.jailed), nil
}

func (a account) Approve(_ context.Context, c wire.Certificate) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	table, err := bft.NewTable(c.Slot.VoteEpoch, a.members)
	if err != nil {
		return err
	}
	if err := bft.NewAdmission(testChainID, testVerifier, table, voteVerifier{}).VerifyCertificate(c); err != nil {
		a.rejected++
		return err
	}
	attempt := a.find(c.Slot.Job, c.Slot.Attempt)
	if attempt == nil || attempt.Slot != c.Slot {
		a.rejected++
		return errors.New("certificate for another slot")
	}
	if !attempt.Takes(c.Verdict) {
		return nil
	}
	a.approvals = append(a.approvals, c)
	attempt.Recorded = c.Verdict
	attempt.Stage = Appeal
	if c.Verdict == wire.Valid {
		attempt.Stage = Challenge
	}
	a.touch()
	return nil
}

func (a account) ReportEquivocation(_ context.Context, e bft.Evidence) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.ContainsFunc(a.evidence, func(have bft.Evidence) bool { return offenceOf(have) == offenceOf(e) }) {
		return nil
	}
	a.evidence = append(a.evidence, e)
	if !slices.Contains(a.jailed, e.Validator()) {
		a.jailed = append(a.jailed, e.Validator())
	}
	a.touch()
	return nil
}

func (a account) CheckIn(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checkIns[a.address]++
	a.touch()
	return nil
}

// plain judges by the first byte of a proof: 'V' verifies. Commitments are hashes.
type plain struct{}

func plainCommitment(blob []byte) felt.Felt {
	sum := blake3.Sum256(append([]byte("commitment"), blob...))
	return *new(felt.Felt).SetBytes(sum[:30])
}

func plainRoot(c prover.Matrix) job.Hash {
	h := blake3.New(32, nil)
	for _, v := range c.Data {
		_ = binary.Write(h, binary.LittleEndian, v)
	}
	_, _ = h.Write([]byte("root"))
	return job.Hash(h.Sum(nil))
}

func (plain) Verify(_ prover.Statement, blob []byte) (felt.Felt, error) {
	if len(blob) == 0 || blob[0] != 'V' {
		return felt.Felt{}, errors.New("proves nothing")
	}
	return plainCommitment(blob), nil
}

func (plain) CommitResult(_ context.Context, _ uint32, c prover.Matrix) (job.Hash, error) {
	return plainRoot(c), nil
}

// shelf serves blobs.
type shelf struct {
	mu    sync.Mutex
	blobs map[job.Hash][]byte
}

func (s *shelf) Get(_ context.Context, hash job.Hash) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if blob, ok := s.blobs[hash]; ok {
		return blob, nil
	}
	return nil, p2p.ErrNotFound
}

func (s *shelf) put(blob []byte) job.Hash {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := job.Hash(blake3.Sum256(blob))
	s.blobs[hash] = blob
	return hash
}

// work makes a submission: proof and result, with everything that the chain would say of them.
func work(number byte, proof string) (a Attempt, proofBlob, resultBlob []byte) {
	c := prover.Matrix{Rows: 8, Columns: 8, Data: make([]uint32, 64)}
	for i := range c.Data {
		c.Data[i] = uint32(number) + uint32(i)
		resultBlob = binary.LittleEndian.AppendUint32(resultBlob, c.Data[i])
	}
	proofBlob = []byte(proof)
	a = Attempt{
		Slot: wire.Slot{
			ChainID: testChainID, ProofVerifier: testVerifier, VerifierVersion: job.VerifierVersion,
			VoteEpoch: 3, Job: job.ID{15: number}, Attempt: 1, Worker: starkhash.Uint64(0x3333),
			ResultCommitment: plainRoot(c), ProofCommitment: plainCommitment(proofBlob),
			ProofHash: blake3.Sum256(proofBlob), ResultHash: blake3.Sum256(resultBlob),
		},
		Statement: prover.Statement{AIR: job.AIRMatmul, Version: job.AIRMatmulVersion, K: 3, Rows: 8, Inner: 8, Columns: 8},
		Delivery:  job.DeliverResult,
		Stage:     Submitted,
	}
	return a, proofBlob, resultBlob
}

// keys of the test's validators.
func voteKey(t testing.TB, i int) starkhash.PrivateKey {
	t.Helper()
	secret := make([]byte, 32)
	secret[30], secret[31] = 0x10, byte(i+1)
	key, err := starkhash.NewPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func validatorAddress(i int) felt.Felt { return starkhash.Uint64(uint64(0x100 + i)) }

func testMembers(t testing.TB, n int) []bft.Member {
	members := make([]bft.Member, n)
	for i := range members {
		members[i] = bft.Member{Address: validatorAddress(i), VoteKey: voteKey(t, i).PublicKey().X(), Stake: big.NewInt(100)}
	}
	return members
}

// network is validators, a worker that serves blobs, and a ledger.
type network struct {
	t        *testing.T
	ledger   *ledger
	worker   *p2p.Host
	shelf    *shelf
	folder   string
	services []*Service
	hosts    []*p2p.Host
	stops    []func()
}

func newHost(t *testing.T, bootstrap ...string) *p2p.Host {
	t.Helper()
	key, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	h, err := p2p.New(p2p.Config{Network: "test", Key: key, Bootstrap: bootstrap})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func newNetwork(t *testing.T, n int) *network {
	t.Helper()
	net := &network{
		t: t, ledger: newLedger(testMembers(t, n)), shelf: &shelf{blobs: make(map[job.Hash][]byte)},
		folder: t.TempDir(), services: make([]*Service, n), hosts: make([]*p2p.Host, n), stops: make([]func(), n),
	}
	net.worker = newHost(t)
	net.worker.ServeBlobs(net.shelf)
	return net
}

// start runs validator i, over its log of before.
func (n *network) start(i int) {
	n.t.Helper()
	bootstrap := n.worker.Addresses()
	for j, h := range n.hosts {
		if h != nil && j != i {
			bootstrap = append(bootstrap, h.Addresses()...)
		}
	}
	host := newHost(n.t, bootstrap...)
	log, err := votelog.Open(filepath.Join(n.folder, fmt.Sprintf("votes-%d", i)), validatorAddress(i), voteKey(n.t, i).PublicKey().X())
	if err != nil {
		n.t.Fatal(err)
	}
	var logger *slog.Logger
	if os.Getenv("SAGE_TEST_LOG") != "" {
		logger = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("validator", i)
	}
	service, err := NewService(Config{
		Network: "test", ChainID: testChainID, ProofVerifier: testVerifier,
		Address: validatorAddress(i), VoteKey: voteKey(n.t, i),
		Chain: account{n.ledger, validatorAddress(i)}, Host: host, Verifier: plain{}, Log: log,
		Cursor:       NewFileCursor(filepath.Join(n.folder, fmt.Sprintf("cursor-%d", i))),
		RoundTimeout: 2 * time.Second, Poll: 20 * time.Millisecond, Stagger: 500 * time.Millisecond,
		Logger: logger,
	})
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	stopped := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			n.t.Errorf("validator %d: %v", i, err)
		}
		_ = host.Close()
		if err := log.Close(); err != nil {
			n.t.Errorf("validator %d: %v", i, err)
		}
		n.hosts[i] = nil
	})
	n.t.Cleanup(stopped)
	n.services[i], n.hosts[i], n.stops[i] = service, host, stopped
}

func (n *network) startAll() {
	for i := range n.services {
		n.start(i)
	}
}
