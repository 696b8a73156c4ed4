package api

import (
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/coordinator/match"
	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// SubmitRequest asks for a job. Zero values mean the defaults.
type SubmitRequest struct {
	Type    string `json:"type,omitempty" enum:"matmul" default:"matmul" doc:"what to compute"`
	Rows    uint32 `json:"rows" maximum:"1024" doc:"rows of A and of C"`
	Inner   uint32 `json:"inner" maximum:"1024" doc:"columns of A, rows of B"`
	Columns uint32 `json:"columns" maximum:"1024" doc:"columns of B and of C"`
	// Exactly one of Seed, Blob and Synthetic may be given; none means a random seed.
	Seed      string `json:"seed,omitempty" maxLength:"66" doc:"64 hex digits that the inputs expand from; random if no input is named"`
	Blob      string `json:"blob,omitempty" maxLength:"66" doc:"BLAKE3 hash of an uploaded pair of matrices"`
	Synthetic bool   `json:"synthetic,omitempty" doc:"input from the latest block and the worker's address"`

	Price          string `json:"price,omitempty" maxLength:"80" doc:"SAGE, decimal; the network's default if empty. Known to the owner alone"`
	Delivery       string `json:"delivery,omitempty" enum:"result,proof" default:"result"`
	MinTier        string `json:"min_tier,omitempty" maxLength:"64" doc:"tier or GPU model; Consumer if empty"`
	DeadlineIn     uint64 `json:"deadline_in,omitempty" maximum:"31536000" doc:"seconds after which an untaken job expires; 0: never"`
	IdempotencyKey string `json:"idempotency_key,omitempty" maxLength:"200" doc:"a repeated submission returns the first one's job"`
}

// Job as its owner sees it.
type Job struct {
	ID              string    `json:"id"`
	State           string    `json:"state"`
	Spec            job.Spec  `json:"spec"`
	Price           string    `json:"price" doc:"SAGE; a secret of the owner"`
	InputCommitment string    `json:"input_commitment,omitempty"`
	CreateTx        string    `json:"create_transaction,omitempty"`
	Deadline        uint64    `json:"deadline,omitempty" doc:"block time"`
	Attempts        []Attempt `json:"attempts"`
	CreatedAt       time.Time `json:"created_at"`
	UpdatedAt       time.Time `json:"updated_at"`
}

// Attempt of a job.
type Attempt struct {
	Number     uint32  `json:"number"`
	Worker     string  `json:"worker"`
	State      string  `json:"state"`
	Phase      string  `json:"phase,omitempty"`
	Fraction   float64 `json:"fraction"`
	Lost       bool    `json:"lost,omitempty" doc:"the worker went silent or gave up"`
	ProofHash  string  `json:"proof_hash,omitempty"`
	ResultHash string  `json:"result_hash,omitempty"`
	FundTx     string  `json:"fund_transaction,omitempty"`
	SubmitTx   string  `json:"submit_transaction,omitempty"`
	SettleTx   string  `json:"settle_transaction,omitempty"`
}

// Event is one change.
type Event struct {
	Sequence    int64     `json:"sequence"`
	Attempt     uint32    `json:"attempt" doc:"0: the job itself"`
	From        string    `json:"from"`
	To          string    `json:"to"`
	Cause       string    `json:"cause"`
	Transaction string    `json:"transaction,omitempty"`
	At          time.Time `json:"at"`
}

// Worker as operators see it.
type Worker struct {
	Address       string    `json:"address"`
	Tier          string    `json:"tier"`
	Online        bool      `json:"online"`
	Status        string    `json:"status"`
	Health        float64   `json:"health"`
	LastHeartbeat time.Time `json:"last_heartbeat"`
	Region        string    `json:"region,omitempty"`
	GPU           []string  `json:"gpu,omitempty"`
	Version       string    `json:"version"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"cursor of the next page"`
}

// Explanation says why a worker does not get a job now.
type Explanation struct {
	Worker string `json:"worker"`
	Chosen bool   `json:"chosen"`
	Reason string `json:"reason,omitempty"`
}

// Funds of the payer. Amounts are decimal numbers of SAGE, and STRK for fee_tokens.
type Funds struct {
	Payer     string `json:"payer"`
	Level     string `json:"level" enum:"ok,low,empty" doc:"low: below the low mark, and public SAGE covers no deposit; empty: a job of the default price is not covered either"`
	Public    string `json:"public"`
	FeeTokens string `json:"fee_tokens"`
	Private   string `json:"private" doc:"what payments are made of"`
	Pending   string `json:"pending" doc:"refunds, taken in when they are needed"`
	Low       string `json:"low" doc:"below it the private balance is filled up"`
	High      string `json:"high" doc:"up to this"`
	Deposit   string `json:"deposit" doc:"deposits are multiples of it"`
}

// Health of the coordinator.
type Health struct {
	Status  string   `json:"status" doc:"ok, or what is wrong"`
	Network string   `json:"network"`
	Payer   string   `json:"payer"`
	Block   uint64   `json:"block"`
	Waiting int      `json:"waiting" doc:"jobs that want a worker"`
	Peers   []string `json:"peers,omitempty" doc:"libp2p addresses"`

	Upgrades []string `json:"upgrades,omitempty" doc:"classes that contracts have got, or may get"`
}

func text(f felt.Felt) string {
	if f.IsZero() {
		return ""
	}
	return f.String()
}

func hash(h job.Hash) string {
	if h.IsZero() {
		return ""
	}
	return h.String()
}

func viewJob(j store.Job, attempts []store.Attempt) Job {
	v := Job{
		ID: j.ID.String(), State: string(j.State), Spec: j.Spec, Price: amount.FormatUnits(uint64(j.Price)),
		InputCommitment: hash(j.InputCommitment), CreateTx: text(j.CreateTx), Deadline: j.Deadline,
		Attempts: make([]Attempt, len(attempts)), CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt,
	}
	for i, a := range attempts {
		v.Attempts[i] = Attempt{
			Number: a.Number, Worker: a.Worker.String(), State: string(a.State), Phase: a.Phase, Fraction: a.Fraction, Lost: a.Lost,
			ProofHash: hash(a.ProofHash), ResultHash: hash(a.ResultHash),
			FundTx: text(a.FundTx), SubmitTx: text(a.SubmitTx), SettleTx: text(a.SettleTx),
		}
		v.UpdatedAt = later(v.UpdatedAt, a.UpdatedAt)
	}
	return v
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func viewEvent(e store.Event) Event {
	return Event{Sequence: e.Sequence, Attempt: e.Attempt, From: string(e.From), To: string(e.To), Cause: e.Cause, Transaction: text(e.Transaction), At: e.At}
}

func viewWorker(w store.Worker, now time.Time, offline time.Duration) Worker {
	v := Worker{
		Address: w.Address.String(), Tier: w.Tier.String(), Online: now.Sub(w.LastHeartbeat) <= offline, Status: w.Status,
		Health: w.Health, LastHeartbeat: w.LastHeartbeat, Region: w.Manifest.Region, Version: w.Manifest.ClientVersion,
	}
	for _, g := range w.Manifest.GPU {
		v.GPU = append(v.GPU, g.Model)
	}
	return v
}

func viewVerdict(v match.Verdict) Explanation {
	return Explanation{Worker: v.Worker.String(), Chosen: v.Reason == "", Reason: v.Reason}
}

// UploadedInput answers the upload of an input.
type UploadedInput struct {
	Hash string `json:"hash"`
}

// FaucetRequest and FaucetResponse are package wire's; the schema spells them out.
type (
	// FaucetRequest asks for test tokens.
	FaucetRequest struct {
		Address string `json:"address" maxLength:"66" doc:"account address"`
	}
	// FaucetResponse says what was sent.
	FaucetResponse = wire.FaucetResponse
)
