package store

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/job"
)

func FuzzDecodeCursor(f *testing.F) {
	f.Add(EncodeCursor(struct{ A int }{7}))
	f.Add("!")
	f.Fuzz(func(t *testing.T, cursor string) {
		var key struct{ A int }
		if err := DecodeCursor(cursor, &key); err != nil && !errors.Is(err, ErrCursor) {
			t.Fatal(err)
		}
	})
}

func TestPriceStaysHidden(t *testing.T) {
	p := Price(123456789)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "price", p, "job", Job{Price: p})
	b, err := p.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(p), fmt.Sprintf("%d %x %#v %+v", p, p, p, Job{Price: p}), string(b), log.String()} {
		if strings.Contains(text, "123456789") || strings.Contains(text, "75bcd15") {
			t.Errorf("the price shows in %q", text)
		}
	}
}

func TestDerive(t *testing.T) {
	at := func(states ...job.State) (as []Attempt) {
		for _, s := range states {
			as = append(as, Attempt{State: s})
		}
		return as
	}
	for _, c := range []struct {
		closed   job.State
		attempts []Attempt
		want     job.State
	}{
		{"", nil, job.Queued},
		{"", at(job.Void, job.Rejected), job.Queued},
		{"", at(job.Accepted, job.Assigned), job.Accepted},
		{"", at(job.Void, job.Voting), job.Voting},
		{"", at(job.Appeal, job.Proving), job.Appeal},
		{"", at(job.Paid, job.Accepted), job.Paid},
		{job.Cancelled, at(job.Void), job.Cancelled},
	} {
		if got := Derive(Job{Closed: c.closed}, c.attempts); got != c.want {
			t.Errorf("%v, closed %q: %s, want %s", c.attempts, c.closed, got, c.want)
		}
	}
}
