package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/sage-network/sage-node/job"
)

// The worker protocol: JSON messages over a WebSocket at /worker/{address}. Each frame is one
// [Envelope]. The coordinator speaks first (challenge), the worker answers (auth), the coordinator
// welcomes; then both send what they have to say. Blobs never travel through the socket.

const (
	// WorkerProtocol is the version of these messages. Another version is refused, with both
	// versions named.
	WorkerProtocol = 1
	// MaxWorkerMessage bounds one frame in bytes.
	MaxWorkerMessage = 64 << 10
)

var (
	// ErrVersion means that a peer speaks another version.
	ErrVersion = errors.New("wire: unsupported version")
	// ErrMalformed means that bytes are not a message.
	ErrMalformed = errors.New("wire: malformed message")
	// ErrTooLarge means that a message is over its limit.
	ErrTooLarge = errors.New("wire: message too large")
)

// WorkerMessage is one of the message types below.
type WorkerMessage interface{ messageType() string }

// Envelope frames a message.
type Envelope struct {
	Version int             `json:"v"`
	Type    string          `json:"type"`
	Body    json.RawMessage `json:"body"`
}

// Challenge opens a connection. The worker's answer signs all of it, so that an answer serves one
// connection to one coordinator of one network.
type Challenge struct {
	Network     string   `json:"network"`     // profile name
	ChainID     Felt     `json:"chain_id"`    //
	Coordinator Felt     `json:"coordinator"` // account of the payer
	Nonce       job.Hash `json:"nonce"`       // random
}

// Auth answers with the node key that is registered on-chain.
type Auth struct {
	Worker    Felt     `json:"worker"`
	NodeKey   []byte   `json:"node_key"`  // secp256k1, 33 bytes compressed
	Signature []byte   `json:"signature"` // 64 bytes r ‖ s, low s, over AuthDigest
	Manifest  Manifest `json:"manifest"`
	Peer      string   `json:"peer,omitempty"` // libp2p address with /p2p/ id, for blob fetches
	// Holding lists the attempts that this worker is at work on, for resumption.
	Holding []Holding `json:"holding,omitempty"`
}

// Holding names an attempt that a reconnecting worker still works on.
type Holding struct {
	Job     job.ID    `json:"job"`
	Attempt uint32    `json:"attempt"`
	Fence   uint64    `json:"fence"`
	State   job.State `json:"state"`
}

// Manifest is what a worker says of its hardware, signed with the node key (ManifestDigest).
type Manifest struct {
	NodeID              job.Hash `json:"node_id"` // SHA-256 of the compressed node key
	Wallet              Felt     `json:"wallet_address"`
	Tier                job.Tier `json:"hardware_tier"`
	CPU                 CPU      `json:"cpu"`
	GPU                 []GPU    `json:"gpu"`
	Region              string   `json:"region,omitempty"`
	WorkloadClasses     []string `json:"workload_classes"`
	MaxParallelSubtasks int      `json:"max_parallel_subtasks"`
	ClientVersion       string   `json:"client_version"`
	PayloadKey          []byte   `json:"payload_key"` // X25519, 32 bytes: payloads are sealed to it
	Signature           []byte   `json:"signature,omitempty"`
}

// CPU of a worker.
type CPU struct {
	Model string `json:"model"`
	Cores int    `json:"cores"`
	RAMGB int    `json:"ram_gb"`
}

// GPU model of a worker.
type GPU struct {
	Model  string `json:"model"`
	Count  int    `json:"count"`
	VRAMGB int    `json:"vram_gb"`
}

// Welcome ends the handshake.
type Welcome struct {
	Session          string   `json:"session"` // bearer token for uploads; secret
	HeartbeatSeconds int      `json:"heartbeat_seconds"`
	OfflineSeconds   int      `json:"offline_seconds"`
	Peers            []string `json:"peers,omitempty"` // the coordinator's libp2p addresses
	// Keep lists the held attempts that are still the worker's; all others must be dropped.
	Keep []Holding `json:"keep,omitempty"`
}

// Heartbeat keeps a session and its leases alive.
type Heartbeat struct {
	Timestamp       int64    `json:"timestamp"` // Unix seconds
	Status          string   `json:"status"`    // idle or busy
	CurrentJob      *job.ID  `json:"current_job"`
	GPUUtilization  int      `json:"gpu_utilization"` // per cent
	GPUTempCelsius  int      `json:"gpu_temp_celsius"`
	GPUMemoryUsedMB int      `json:"gpu_memory_used_mb"`
	ModelsLoaded    []string `json:"models_loaded"`
}

// HeartbeatAck answers a heartbeat.
type HeartbeatAck struct {
	Timestamp     int64 `json:"timestamp"`
	QueuePosition int   `json:"queue_position"` // jobs waiting for this worker
}

// Offer asks a worker to accept a funded attempt. Everything in it is a claim: the worker checks
// it against the chain before it accepts.
type Offer struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	Fence   uint64 `json:"fence"` // token of the lease: echoed in every answer
	// Payload is the [Payload] sealed to the worker's payload key (HPKE base mode,
	// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; info = PayloadInfo).
	Payload []byte `json:"payload"`
}

// Payload is the private half of an offer.
type Payload struct {
	Spec job.Spec `json:"spec"`
}

// Declined says that the worker will not accept; it costs nothing.
type Declined struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	Fence   uint64 `json:"fence"`
	Reason  string `json:"reason"`
}

// Progress tells how far an attempt is.
type Progress struct {
	Job      job.ID    `json:"job"`
	Attempt  uint32    `json:"attempt"`
	Fence    uint64    `json:"fence"`
	State    job.State `json:"state"`
	Phase    string    `json:"phase,omitempty"`
	Fraction float64   `json:"fraction"` // 0 to 1 within the phase
}

// ComputeResult is the signed return of one attempt.
type ComputeResult struct {
	TaskID           job.ID   `json:"task_id"`
	Attempt          uint32   `json:"attempt"`
	Fence            uint64   `json:"fence"`
	Worker           Felt     `json:"worker_address"`
	ResultHash       job.Hash `json:"result_hash"`       // BLAKE3 of C
	ResultCommitment job.Hash `json:"result_commitment"` // root of C's column
	ProofHash        job.Hash `json:"proof_hash"`        // BLAKE3 of the compressed proof
	ProofCommitment  Felt     `json:"proof_commitment"`
	// ProofOfExecution is SHA-256(task_id ‖ result ‖ node_id).
	ProofOfExecution job.Hash `json:"proof_of_execution"`
	Transaction      Felt     `json:"transaction"` // SUBMIT_RESULT; zero before it is sent
	Nonce            uint64   `json:"nonce"`
	Signature        []byte   `json:"signature"` // node key, over ResultDigest
}

// Failed says that the worker gives an attempt up.
type Failed struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	Fence   uint64 `json:"fence"`
	Reason  string `json:"reason"`
}

// Withdrawn tells a worker to drop an attempt: the lease is gone or the attempt has ended.
type Withdrawn struct {
	Job     job.ID `json:"job"`
	Attempt uint32 `json:"attempt"`
	Reason  string `json:"reason"`
}

// Settled tells a worker that an attempt of its own was paid, rejected or voided.
type Settled struct {
	Job         job.ID    `json:"job"`
	Attempt     uint32    `json:"attempt"`
	State       job.State `json:"state"`
	Transaction Felt      `json:"transaction"`
}

// Refusal ends a connection, or answers one message.
type Refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (Challenge) messageType() string     { return "challenge" }
func (Auth) messageType() string          { return "auth" }
func (Welcome) messageType() string       { return "welcome" }
func (Heartbeat) messageType() string     { return "heartbeat" }
func (HeartbeatAck) messageType() string  { return "heartbeat_ack" }
func (Offer) messageType() string         { return "offer" }
func (Declined) messageType() string      { return "declined" }
func (Progress) messageType() string      { return "progress" }
func (ComputeResult) messageType() string { return "result" }
func (Failed) messageType() string        { return "failed" }
func (Withdrawn) messageType() string     { return "withdrawn" }
func (Settled) messageType() string       { return "settled" }
func (Refusal) messageType() string       { return "error" }

// EncodeWorker frames a message.
func EncodeWorker(m WorkerMessage) ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: %s: %w", m.messageType(), err)
	}
	b, err := json.Marshal(Envelope{Version: WorkerProtocol, Type: m.messageType(), Body: body})
	if err != nil {
		return nil, err
	}
	if len(b) > MaxWorkerMessage {
		return nil, fmt.Errorf("%w: %s of %d bytes, at most %d", ErrTooLarge, m.messageType(), len(b), MaxWorkerMessage)
	}
	return b, nil
}

// DecodeWorker reads one frame. It returns one of the message types by value. Unknown types and
// fields are refused: a peer that needs more speaks another version.
func DecodeWorker(b []byte) (WorkerMessage, error) {
	if len(b) > MaxWorkerMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), MaxWorkerMessage)
	}
	var e Envelope
	if err := strict(b, &e); err != nil {
		return nil, err
	}
	if e.Version != WorkerProtocol {
		return nil, fmt.Errorf("%w: the peer speaks version %d, this program %d; update the older one", ErrVersion, e.Version, WorkerProtocol)
	}
	decode, ok := workerDecoders[e.Type]
	if !ok {
		return nil, fmt.Errorf("%w: unknown type %q", ErrMalformed, e.Type)
	}
	return decode(e.Body)
}

var workerDecoders = func() map[string]func([]byte) (WorkerMessage, error) {
	table := map[string]func([]byte) (WorkerMessage, error){}
	register[Challenge](table)
	register[Auth](table)
	register[Welcome](table)
	register[Heartbeat](table)
	register[HeartbeatAck](table)
	register[Offer](table)
	register[Declined](table)
	register[Progress](table)
	register[ComputeResult](table)
	register[Failed](table)
	register[Withdrawn](table)
	register[Settled](table)
	register[Refusal](table)
	return table
}()

func register[M WorkerMessage](table map[string]func([]byte) (WorkerMessage, error)) {
	var zero M
	table[zero.messageType()] = func(b []byte) (WorkerMessage, error) {
		var m M
		if err := strict(b, &m); err != nil {
			return nil, fmt.Errorf("%s: %w", zero.messageType(), err)
		}
		return m, nil
	}
}

func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %s", ErrMalformed, err)
	}
	if d.More() {
		return fmt.Errorf("%w: more than one value", ErrMalformed)
	}
	return nil
}

// FaucetRequest is the body of POST /faucet.
type FaucetRequest struct {
	Address Felt `json:"address"`
}

// FaucetResponse tells what was sent.
type FaucetResponse struct {
	Transaction Felt     `json:"transaction_hash"`
	FeeTokens   *big.Int `json:"fee_tokens"` // FRI
	SAGE        *big.Int `json:"sage"`       // wei
}
