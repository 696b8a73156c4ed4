// Package journal keeps one small file per attempt with everything that a restarted worker needs to
// go on: how far the attempt is, under which terms, and the hashes of what was computed. A record is
// on the disk before the step that follows it begins.
//
// The journal says what this worker meant to do; the chain says what happened. Whoever resumes from
// a record looks at the chain before it sends anything.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Version is the version of the records.
const Version = 1

// maxRecord bounds a record's file; real ones have about 2 KiB.
const maxRecord = 64 << 10

var (
	// ErrRecord: a file is not a record, or one of another version. It was set aside under its name
	// with the ending .bad, and the attempt is unknown to this worker from then on.
	ErrRecord = errors.New("journal: bad record")
)

// Step is how far an attempt is. Each step is reached when what it names is done and durable.
type Step string

// The steps of an attempt that goes well, in order, then the ways out.
const (
	Offered   Step = "offered"   // the coordinator offers the attempt
	Checked   Step = "checked"   // inputs, escrow, terms and price were verified
	Accepted  Step = "accepted"  // accept is on L2: the worker is liable
	Executed  Step = "executed"  // the result is stored
	Proven    Step = "proven"    // the proof is stored
	Uploaded  Step = "uploaded"  // the coordinator holds both blobs, or there was no time to wait
	Submitted Step = "submitted" // submit_result is on L2: blobs may be served
	Abandoned Step = "abandoned" // accepted, but not worked on any more; the chain has not ended it yet
	Paid      Step = "paid"      // released: the pending balance is credited
	Rejected  Step = "rejected"  // slashed
	Void      Step = "void"      // ended without a verdict after accept, or handed back
	Dropped   Step = "dropped"   // never accepted: declined, withdrawn or expired
)

var order = []Step{Offered, Checked, Accepted, Executed, Proven, Uploaded, Submitted}

// Final reports whether nothing follows.
func (s Step) Final() bool {
	switch s {
	case Paid, Rejected, Void, Dropped:
		return true
	}
	return false
}

// Known reports whether s is a step.
func (s Step) Known() bool { return s.Final() || s == Abandoned || s.index() >= 0 }

// Reached reports whether s is t or later on the way of an attempt that goes well. The ways out have
// reached nothing.
func (s Step) Reached(t Step) bool {
	return s == t || s == Paid || s.index() >= 0 && s.index() >= t.index() && t.index() >= 0
}

func (s Step) index() int {
	for i, o := range order {
		if s == o {
			return i
		}
	}
	return -1
}

// Record is what is known of one attempt.
type Record struct {
	Version int    `json:"version"`
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	// Fence is the coordinator's lease token; it is echoed in every message.
	Fence uint64   `json:"fence"`
	Step  Step     `json:"step"`
	Spec  job.Spec `json:"spec"`

	// From Checked on.
	InputCommitment job.Hash  `json:"input_commitment,omitzero"`
	TermsHash       wire.Felt `json:"terms_hash,omitzero"`
	PriceUnits      uint64    `json:"price_units,omitempty"`

	// AcceptSent is set before accept is sent for the first time: from then on only the chain can say
	// that the worker is not liable.
	AcceptSent bool `json:"accept_sent,omitempty"`
	// From Accepted on.
	AcceptTx wire.Felt `json:"accept_tx,omitzero"`

	// From Executed on.
	ResultHash       job.Hash `json:"result_hash,omitzero"`
	ResultCommitment job.Hash `json:"result_commitment,omitzero"`
	ProofOfExecution job.Hash `json:"proof_of_execution,omitzero"`

	// From Proven on.
	ProofHash       job.Hash  `json:"proof_hash,omitzero"`
	ProofCommitment wire.Felt `json:"proof_commitment,omitzero"`

	// From Uploaded on: whether the coordinator has acknowledged both blobs.
	Delivered bool `json:"delivered,omitempty"`

	// From Submitted on.
	SubmitTx wire.Felt `json:"submit_tx,omitzero"`

	// From Submitted on: the call that would bring the attempt home, and the block time since which it
	// is due; the transactions by which the worker made such calls itself, and how many were refused.
	Due         string    `json:"due,omitempty"`
	DueSince    uint64    `json:"due_since,omitempty"`
	ApproveTx   wire.Felt `json:"approve_tx,omitzero"`
	FinalizeTx  wire.Felt `json:"finalize_tx,omitzero"`
	ReleaseTx   wire.Felt `json:"release_tx,omitzero"`
	HomeReverts int       `json:"home_reverts,omitempty"`

	// Reverts counts transactions of this attempt that failed on-chain: a bound on the fees that one
	// attempt can burn.
	Reverts int `json:"reverts,omitempty"`
	// Reason of a way out.
	Reason string `json:"reason,omitempty"`
	// SlashedWei is what a rejection or timeout cost.
	SlashedWei string `json:"slashed_wei,omitempty"`
	// UpdatedAt is Unix seconds of the machine's clock, for people.
	UpdatedAt int64 `json:"updated_at"`
}

// Journal is a folder of records, locked against a second process.
type Journal struct {
	dir  string
	lock *filelock.Lock
}

// Open opens the folder, creating it (mode 0700) if needed. It returns [filelock.ErrHeld] while
// another process has it open.
func Open(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	l, err := filelock.Acquire(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("journal: %w; is the worker running already?", err)
	}
	return &Journal{dir: dir, lock: l}, nil
}

// Close gives the folder back.
func (j *Journal) Close() error { return j.lock.Release() }

func fileName(id job.ID, attempt uint32) string { return fmt.Sprintf("%s-%d.json", id, attempt) }

// Put makes a record durable, replacing the attempt's previous one.
func (j *Journal) Put(r Record) error {
	r.Version = Version
	if !r.Step.Known() {
		return fmt.Errorf("%w: step %q", ErrRecord, r.Step)
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := privatefile.Write(filepath.Join(j.dir, fileName(r.Job, r.Attempt)), b); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// All reads every record. Bad files are set aside and reported together in the error, beside the
// records that are good.
func (j *Journal) All() ([]Record, error) { return read(j.dir, true) }

// Read reads the records in a folder without locking or changing it, for tools. A folder that does
// not exist has none.
func Read(dir string) ([]Record, error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return read(dir, false)
}

func read(dir string, setAside bool) ([]Record, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var records []Record
	var bad []error
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), "0x") || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		r, err := readRecord(path)
		if err == nil && fileName(r.Job, r.Attempt) != e.Name() {
			err = fmt.Errorf("%w: it is of attempt %d of %s", ErrRecord, r.Attempt, r.Job)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", path, err))
			if setAside {
				if err := os.Rename(path, path+".bad"); err != nil {
					bad = append(bad, err)
				}
			}
			continue
		}
		records = append(records, r)
	}
	return records, errors.Join(bad...)
}

func readRecord(path string) (Record, error) {
	b, err := privatefile.Read(path, maxRecord)
	if err != nil {
		return Record{}, err
	}
	return Decode(b)
}

// Decode reads one record and checks it.
func Decode(b []byte) (Record, error) {
	var r Record
	if len(b) > maxRecord {
		return r, fmt.Errorf("%w: over %d bytes", ErrRecord, maxRecord)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	switch {
	case d.More():
		return Record{}, fmt.Errorf("%w: more than one value", ErrRecord)
	case r.Version != Version:
		return Record{}, fmt.Errorf("%w: version %d, this program writes %d", ErrRecord, r.Version, Version)
	case !r.Step.Known():
		return Record{}, fmt.Errorf("%w: step %q", ErrRecord, r.Step)
	case r.Attempt == 0:
		return Record{}, fmt.Errorf("%w: attempt 0", ErrRecord)
	}
	return r, nil
}

// Remove deletes an attempt's record.
func (j *Journal) Remove(id job.ID, attempt uint32) error {
	if err := os.Remove(filepath.Join(j.dir, fileName(id, attempt))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}
