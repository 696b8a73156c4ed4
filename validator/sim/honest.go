package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sage-network/sage-node/validator/bft"
	"github.com/sage-network/sage-node/wire"
)

var errCrashed = errors.New("sim: crashed")

// honest is a validator that runs the real state machine. Its disk outlives its crashes.
type honest struct {
	*world
	self     int
	instance *bft.Instance
	life     int // counts restarts; what was scheduled in an earlier life is void
	alive    bool
	disk     []wire.Vote
	alarm    int
}

func newHonest(w *world, self int) *honest { return &honest{world: w, self: self} }

func (h *honest) start() {
	h.life++
	h.alive = true
	instance, err := bft.NewInstance(bft.Config{
		Slot: h.slot, Admission: h.admission, Self: address(h.self),
		RoundTimeout: h.RoundTimeout, History: slices.Clone(h.disk),
	}, h)
	if err != nil {
		h.fail(h.self, err)
		return
	}
	h.instance = instance
	h.do(instance.Start)
}

// do runs a call into the instance unless the validator is dead, and judges its error.
func (h *honest) do(call func() error) {
	if !h.alive {
		return
	}
	if err := call(); err != nil && !errors.Is(err, errCrashed) {
		h.fail(h.self, err)
	}
}

// inLife schedules a call for this life of the validator.
func (h *honest) inLife(d time.Duration, call func() error) {
	life := h.life
	h.after(d, func() {
		if h.life == life {
			h.do(call)
		}
	})
}

func (h *honest) hear(vote wire.Vote) {
	h.do(func() error {
		message, err := h.admission.Validate(vote)
		if err != nil {
			return nil // the pubsub validator drops it
		}
		if message.Vote().Slot != h.slot {
			return nil // no instance: the chain does not know the slot
		}
		return h.instance.Receive(message)
	})
}

func (h *honest) Broadcast(vote wire.Vote) {
	if h.alive {
		h.broadcast(h.self, vote)
	}
}

func (h *honest) SetAlarm(round uint32, d time.Duration) {
	h.alarm++
	alarm := h.alarm
	h.inLife(d, func() error {
		if h.alarm != alarm {
			return nil
		}
		return h.instance.Alarm(round)
	})
}

func (h *honest) Sign(vote wire.Vote) (wire.Signature, error) {
	return scheme{}.sign(key(h.self), vote), nil
}

func (h *honest) Record(vote wire.Vote) error {
	crash := !h.healed() && h.rand.Float64() < h.CrashRate
	if crash && h.rand.IntN(2) == 0 {
		h.crash()
		return errCrashed
	}
	for _, earlier := range h.disk {
		if earlier.Round == vote.Round || (earlier.Verdict.Decisive() && vote.Verdict.Decisive() && earlier.Verdict != vote.Verdict) {
			return fmt.Errorf("contradiction: %s in round %d after %s in round %d", vote.Verdict, vote.Round, earlier.Verdict, earlier.Round)
		}
	}
	h.disk = append(h.disk, vote)
	if crash {
		h.crash()
	}
	return nil
}

func (h *honest) crash() {
	h.outcome.Crashes++
	h.alive = false
	h.after(h.upTo(2*h.RoundTimeout), h.start)
}

func (h *honest) RoundBegan(round uint32) {
	h.inLife(h.upTo(h.RoundTimeout/2), func() error {
		if h.instance.Round() != round {
			return nil
		}
		if h.ServedAt != nil && h.now < h.ServedAt[h.self] {
			return h.instance.Conclude(wire.Unavailable)
		}
		return h.instance.Conclude(h.Truth)
	})
}

func (h *honest) Certified(c wire.Certificate) {
	if err := h.admission.VerifyCertificate(c); err != nil {
		h.fail(h.self, err)
	}
	seen := h.outcome.Certificates[h.self]
	if c.Verdict.Decisive() && h.outcome.CertifiedAt[h.self] == 0 {
		h.outcome.CertifiedAt[h.self] = h.now
	}
	seen[c.Verdict] = c
}

func (h *honest) Equivocated(e bft.Evidence) {
	for _, vote := range []wire.Vote{e.Valid, e.Invalid} {
		if _, err := h.admission.Validate(vote); err != nil || vote.Slot != h.slot {
			h.fail(h.self, fmt.Errorf("evidence holds a bad vote: %w", err))
		}
	}
	index, _ := h.table.Index(e.Validator())
	if e.Valid.Verdict != wire.Valid || e.Invalid.Verdict != wire.Invalid || e.Valid.Validator != e.Invalid.Validator {
		h.fail(h.self, errors.New("evidence proves nothing"))
	}
	h.outcome.Accused[index] = true
}
