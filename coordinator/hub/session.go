package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/sage-network/sage-node/wire"
)

var (
	errSlow   = errors.New("hub: the worker reads too slowly")
	errSilent = errors.New("hub: no message within the offline time")
)

// session is one connection. The goroutine that serves it reads; another one writes what is queued.
type session struct {
	hub    *Hub
	conn   *websocket.Conn
	worker felt.Felt
	token  [32]byte
	cancel context.CancelFunc
	queue  chan outgoing
	rate   *rate.Limiter
}

// outgoing is an encoded message. With a reason, the connection is closed behind it.
type outgoing struct {
	frame  []byte
	reason string
}

// send queues a message, or drops the session whose queue is full.
func (s *session) send(m wire.WorkerMessage) bool { return s.enqueue(m, "") }

// end says why, and ends the session.
func (s *session) end(r wire.Refusal) { s.enqueue(r, r.Code) }

func (s *session) enqueue(m wire.WorkerMessage, reason string) bool {
	b, err := wire.EncodeWorker(m)
	if err != nil {
		s.hub.config.Log.Error("a message does not encode", "error", err)
		return false
	}
	select {
	case s.queue <- outgoing{b, reason}:
		return true
	default:
		s.hub.config.Log.Warn("worker dropped", "worker", s.worker.String(), "reason", errSlow)
		s.cancel()
		return false
	}
}

func (s *session) serve(ctx context.Context) error {
	handshake, cancel := context.WithTimeout(ctx, s.hub.config.Handshake)
	defer cancel()
	if err := s.handshake(handshake); err != nil {
		s.refuse(ctx, err)
		return err
	}
	defer s.hub.leave(ctx, s)
	written := make(chan error, 1)
	go func() {
		written <- s.write(ctx)
		s.cancel()
	}()
	s.hub.desk.Ready(ctx, s.worker)
	err := s.read(ctx)
	s.cancel()
	return errors.Join(err, <-written)
}

// handshake authenticates the worker and welcomes it. Its messages are written at once.
func (s *session) handshake(ctx context.Context) error {
	h := s.hub
	challenge := newChallenge(h.config)
	if err := s.writeNow(ctx, challenge); err != nil {
		return err
	}
	m, err := s.receive(ctx)
	if err != nil {
		return err
	}
	auth, ok := m.(wire.Auth)
	if !ok {
		return &Refused{Code: CodeAuth, Err: errors.New("the first message must be auth")}
	}
	// Only who has answered takes part in the bound: a silent connection holds up nobody.
	select {
	case h.handshakes <- struct{}{}:
		defer func() { <-h.handshakes }()
	case <-ctx.Done():
		return &Refused{Code: CodeFull, Hint: "try again later", Err: errors.New("too many workers connect at once")}
	}
	info, err := h.authenticate(ctx, challenge, s.worker, auth)
	if err != nil {
		return err
	}
	keep, err := h.desk.Joined(ctx, auth, info)
	if err != nil {
		return err
	}
	token := h.enroll(s)
	err = s.writeNow(ctx, wire.Welcome{
		Session: token, HeartbeatSeconds: int(h.config.Heartbeat / time.Second), OfflineSeconds: int(h.config.Offline / time.Second),
		Peers: h.config.Peers(), Keep: keep,
	})
	if err != nil {
		h.leave(ctx, s)
	}
	return err
}

// refuse tells the worker why it is refused and closes the connection.
func (s *session) refuse(ctx context.Context, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.hub.config.Write)
	defer cancel()
	if s.writeNow(ctx, refusal(err)) == nil {
		s.conn.Close(websocket.StatusPolicyViolation, refusal(err).Code)
	}
}

// refusal is what a worker is told of an error. Causes inside the coordinator stay there.
func refusal(err error) wire.Refusal {
	var r *Refused
	switch {
	case errors.As(err, &r):
		return wire.Refusal{Code: r.Code, Message: r.Error(), Hint: r.Hint}
	case errors.Is(err, wire.ErrVersion):
		return wire.Refusal{Code: CodeVersion, Message: err.Error()}
	case errors.Is(err, wire.ErrTooLarge), websocket.CloseStatus(err) == websocket.StatusMessageTooBig, errors.Is(err, websocket.ErrMessageTooBig):
		return wire.Refusal{Code: CodeTooLarge, Message: fmt.Sprintf("a message has at most %d bytes", wire.MaxWorkerMessage)}
	case errors.Is(err, wire.ErrMalformed):
		return wire.Refusal{Code: CodeMalformed, Message: err.Error()}
	}
	return wire.Refusal{Code: CodeInternal, Message: "the coordinator could not do this", Hint: "try again later"}
}

func (s *session) receive(ctx context.Context) (wire.WorkerMessage, error) {
	kind, b, err := s.conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("%w: a binary frame", wire.ErrMalformed)
	}
	return wire.DecodeWorker(b)
}

func (s *session) writeNow(ctx context.Context, m wire.WorkerMessage) error {
	b, err := wire.EncodeWorker(m)
	if err != nil {
		return err
	}
	return s.conn.Write(ctx, websocket.MessageText, b)
}

// write sends what is queued.
func (s *session) write(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case out := <-s.queue:
			limited, cancel := context.WithTimeout(ctx, s.hub.config.Write)
			err := s.conn.Write(limited, websocket.MessageText, out.frame)
			cancel()
			if err != nil {
				return fmt.Errorf("%w: %w", errSlow, err)
			}
			if out.reason != "" {
				return s.conn.Close(websocket.StatusPolicyViolation, out.reason)
			}
		}
	}
}

// read handles messages until the session ends.
func (s *session) read(ctx context.Context) error {
	for {
		limited, cancel := context.WithTimeout(ctx, s.hub.config.Offline)
		m, err := s.receive(limited)
		silent := limited.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case silent:
			return errSilent
		case err != nil:
			if websocket.CloseStatus(err) == -1 {
				s.refuse(ctx, err)
			}
			return err
		case !s.rate.Allow():
			err := &Refused{Code: CodeRate, Hint: "send fewer messages", Err: errors.New("too many messages")}
			s.refuse(ctx, err)
			return err
		}
		if err := s.handle(ctx, m); err != nil {
			s.send(refusal(err))
		}
	}
}

func (s *session) handle(ctx context.Context, m wire.WorkerMessage) error {
	desk := s.hub.desk
	switch m := m.(type) {
	case wire.Heartbeat:
		s.send(wire.HeartbeatAck{Timestamp: m.Timestamp, QueuePosition: desk.Heartbeat(ctx, s.worker, m)})
		return nil
	case wire.Declined:
		return desk.Declined(ctx, s.worker, m)
	case wire.Progress:
		return desk.Progress(ctx, s.worker, m)
	case wire.ComputeResult:
		return desk.Result(ctx, s.worker, m)
	case wire.Failed:
		return desk.Failed(ctx, s.worker, m)
	}
	return &Refused{Code: CodeMalformed, Err: fmt.Errorf("a worker does not send %T", m)}
}
