package p2p

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// What the search for a peer's addresses may take, and then the connection to it.
	lookupTimeout = 5 * time.Second
	reachTimeout  = 5 * time.Second
	// Addresses of one peer that are tried: whoever answers a search may name many.
	reachAtMost = 16
)

// ErrUnreachable: the host has no connection to a peer and gets none.
var ErrUnreachable = errors.New("p2p: peer is not reachable")

// reach makes sure that there is a connection to a peer of which only the identity is known: the
// one that exists, else by addresses that it was known by, else by those that the network's table
// has. The handshake proves the identity, so that who answers at a wrong address with another key
// gets nothing but a dial.
func (h *Host) reach(ctx context.Context, id peer.ID) error {
	if h.libp2p.Network().Connectedness(id) == network.Connected {
		return nil
	}
	known := errors.New("no address is known")
	if len(h.libp2p.Peerstore().Addrs(id)) > 0 {
		if known = h.dial(ctx, peer.AddrInfo{ID: id}); known == nil {
			return nil
		}
	}
	if h.table == nil {
		return fmt.Errorf("%w: %w; without the table there is no search", ErrUnreachable, known)
	}
	search, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := h.table.FindPeer(search, id)
	if err != nil {
		return fmt.Errorf("%w: %w; search: %w", ErrUnreachable, known, err)
	}
	if n := len(found.Addrs); n > reachAtMost { // at random, so that the next try has others
		rand.Shuffle(n, func(i, j int) { found.Addrs[i], found.Addrs[j] = found.Addrs[j], found.Addrs[i] })
		found.Addrs = found.Addrs[:reachAtMost]
		h.libp2p.Peerstore().ClearAddrs(id) // a dial tries all that are stored
	}
	if err := h.dial(ctx, found); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return nil
}

func (h *Host) dial(ctx context.Context, info peer.AddrInfo) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	return h.libp2p.Connect(ctx, info)
}
