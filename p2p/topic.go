package p2p

import (
	"context"
	"errors"
	"fmt"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
)

// admitTimeout bounds the admission of one message.
const admitTimeout = time.Second

// ErrTooLarge: the message exceeds its topic's limit.
var ErrTooLarge = errors.New("p2p: message is too large")

// Decision is what becomes of a message before it is relayed.
type Decision int

const (
	// Accept hands the message on, here and to others.
	Accept Decision = iota
	// Ignore drops the message; the sender did nothing wrong.
	Ignore
	// Reject drops the message and holds it against who sent it.
	Reject
)

// VoteTopic returns the name of the network's topic for votes.
func VoteTopic(network string) string { return "/sage/" + network + "/votes/2" }

// Topic is a subscription whose messages were parsed and admitted as T.
type Topic[T any] struct {
	name         string
	maxSize      int
	host         *Host
	topic        *pubsub.Topic
	subscription *pubsub.Subscription
}

// Join subscribes to a topic. admit is called concurrently for every message, own ones included,
// and at most a second long; what it returns with Accept is what Next returns.
func Join[T any](h *Host, name string, maxSize int, admit func(ctx context.Context, from peer.ID, data []byte) (T, Decision)) (*Topic[T], error) {
	err := h.pubsub.RegisterTopicValidator(name, func(ctx context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
		if len(m.Data) > maxSize {
			return pubsub.ValidationReject
		}
		value, decision := admit(ctx, from, m.Data)
		switch decision {
		case Accept:
			m.ValidatorData = value
			return pubsub.ValidationAccept
		case Ignore:
			return pubsub.ValidationIgnore
		}
		return pubsub.ValidationReject
	}, pubsub.WithValidatorTimeout(admitTimeout))
	if err != nil {
		return nil, fmt.Errorf("p2p: join %s: %w", name, err)
	}
	topic, err := h.pubsub.Join(name)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("p2p: join %s: %w", name, err), h.pubsub.UnregisterTopicValidator(name))
	}
	t := &Topic[T]{name: name, maxSize: maxSize, host: h, topic: topic}
	if err := topic.SetScoreParams(topicScore()); err != nil {
		return nil, errors.Join(fmt.Errorf("p2p: join %s: %w", name, err), t.Close())
	}
	if t.subscription, err = topic.Subscribe(pubsub.WithBufferSize(1024)); err != nil {
		return nil, errors.Join(fmt.Errorf("p2p: join %s: %w", name, err), t.Close())
	}
	return t, nil
}

// Publish sends a message to the topic's peers, best effort.
func (t *Topic[T]) Publish(ctx context.Context, data []byte) error {
	if len(data) > t.maxSize {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(data), t.maxSize)
	}
	if err := t.topic.Publish(ctx, data); err != nil {
		return fmt.Errorf("p2p: publish on %s: %w", t.name, err)
	}
	return nil
}

// Next waits for the next admitted message of another host.
func (t *Topic[T]) Next(ctx context.Context) (T, error) {
	for {
		m, err := t.subscription.Next(ctx)
		if err != nil {
			var none T
			return none, err
		}
		if m.ReceivedFrom == t.host.ID() {
			continue
		}
		if value, ok := m.ValidatorData.(T); ok {
			return value, nil
		}
	}
}

// Peers returns which connected peers take part in the topic.
func (t *Topic[T]) Peers() []peer.ID { return t.topic.ListPeers() }

// Close leaves the topic.
func (t *Topic[T]) Close() error {
	if t.subscription != nil {
		t.subscription.Cancel()
	}
	return errors.Join(t.topic.Close(), t.host.pubsub.UnregisterTopicValidator(t.name))
}
