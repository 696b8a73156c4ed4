// Package testworker is a worker's end of a session, for tests: its keys, its handshake, its messages.
package testworker

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/coordinator/internal/chainmodel"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Worker is an identity.
type Worker struct {
	Address felt.Felt
	Node    *secp256k1.PrivateKey
	Payload *ecdh.PrivateKey
	Tier    job.Tier
}

// New makes a worker with fresh keys.
func New(address uint64) *Worker {
	node, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		panic(err)
	}
	payload, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return &Worker{Address: *new(felt.Felt).SetUint64(address), Node: node, Payload: payload, Tier: job.TierConsumer}
}

// Info is the worker's record on-chain.
func (w *Worker) Info() bindings.WorkerInfo {
	x, odd := wire.NodeKeyOnChain(w.Node.PubKey())
	return chainmodel.Node(w.Tier, x, odd)
}

// Manifest is the worker's signed manifest.
func (w *Worker) Manifest() wire.Manifest {
	m := wire.Manifest{
		NodeID: wire.NodeID(w.Node.PubKey()), Wallet: wire.Felt(w.Address), Tier: w.Tier,
		WorkloadClasses: []string{job.TypeMatmul}, MaxParallelSubtasks: 1, ClientVersion: "test", PayloadKey: w.Payload.PublicKey().Bytes(),
	}
	m.Signature = wire.SignNode(w.Node, wire.ManifestDigest(m))
	return m
}

// Auth answers a challenge.
func (w *Worker) Auth(c wire.Challenge, holding ...wire.Holding) wire.Auth {
	m := w.Manifest()
	return wire.Auth{
		Worker: wire.Felt(w.Address), NodeKey: w.Node.PubKey().SerializeCompressed(), Manifest: m, Holding: holding,
		Signature: wire.SignNode(w.Node, wire.AuthDigest(c, wire.Felt(w.Address), m)),
	}
}

// Session is an open session.
type Session struct {
	*Worker
	Conn    *websocket.Conn
	Welcome wire.Welcome
}

// Dial opens a connection and reads the challenge.
func (w *Worker) Dial(ctx context.Context, server string) (*websocket.Conn, wire.Challenge, error) {
	conn, response, err := websocket.Dial(ctx, strings.Replace(server, "http", "ws", 1)+"/worker/"+w.Address.String(), &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	if err != nil {
		if response != nil {
			err = fmt.Errorf("%s: %w", response.Status, err)
		}
		return nil, wire.Challenge{}, err
	}
	m, err := Receive(ctx, conn)
	if err != nil {
		conn.CloseNow()
		return nil, wire.Challenge{}, err
	}
	c, ok := m.(wire.Challenge)
	if !ok {
		conn.CloseNow()
		return nil, c, fmt.Errorf("the coordinator opened with %T", m)
	}
	return conn, c, nil
}

// Connect opens a session. A refusal is returned as an error of type Refusal.
func (w *Worker) Connect(ctx context.Context, server string, holding ...wire.Holding) (*Session, error) {
	conn, c, err := w.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	if err := Send(ctx, conn, w.Auth(c, holding...)); err != nil {
		conn.CloseNow()
		return nil, err
	}
	m, err := Receive(ctx, conn)
	if err != nil {
		conn.CloseNow()
		return nil, err
	}
	switch m := m.(type) {
	case wire.Welcome:
		return &Session{w, conn, m}, nil
	case wire.Refusal:
		conn.CloseNow()
		return nil, Refusal(m)
	}
	conn.CloseNow()
	return nil, fmt.Errorf("the coordinator answered auth with %T", m)
}

// Refusal is a refusal as an error.
type Refusal wire.Refusal

func (r Refusal) Error() string { return r.Code + ": " + r.Message }

// Send sends a message.
func Send(ctx context.Context, conn *websocket.Conn, m wire.WorkerMessage) error {
	b, err := wire.EncodeWorker(m)
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, b)
}

// Receive reads a message.
func Receive(ctx context.Context, conn *websocket.Conn) (wire.WorkerMessage, error) {
	_, b, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	return wire.DecodeWorker(b)
}

// Send sends a message.
func (s *Session) Send(ctx context.Context, m wire.WorkerMessage) error { return Send(ctx, s.Conn, m) }

// Await reads messages until one of type M comes.
func Await[M wire.WorkerMessage](ctx context.Context, s *Session) (M, error) {
	for {
		m, err := Receive(ctx, s.Conn)
		if err != nil {
			var zero M
			return zero, err
		}
		if want, ok := m.(M); ok {
			return want, nil
		}
	}
}

// Beat sends a heartbeat and awaits its answer.
func (s *Session) Beat(ctx context.Context, status string) (wire.HeartbeatAck, error) {
	if err := s.Send(ctx, wire.Heartbeat{Timestamp: 7, Status: status}); err != nil {
		return wire.HeartbeatAck{}, err
	}
	return Await[wire.HeartbeatAck](ctx, s)
}

// Open opens an offer's payload.
func (w *Worker) Open(o wire.Offer) (p wire.Payload, err error) {
	key, err := hpke.NewDHKEMPrivateKey(w.Payload)
	if err != nil {
		return p, err
	}
	b, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(wire.PayloadInfo), o.Payload)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(b, &p)
}
