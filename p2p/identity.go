package p2p

import (
	"errors"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
)

// ErrNoIdentity: a host needs a node key.
var ErrNoIdentity = errors.New("p2p: no node key")

func identity(key *secp256k1.PrivateKey) (crypto.PrivKey, error) {
	if key == nil {
		return nil, ErrNoIdentity
	}
	id, err := crypto.UnmarshalSecp256k1PrivateKey(key.Serialize())
	if err != nil {
		return nil, fmt.Errorf("p2p: node key: %w", err)
	}
	return id, nil
}

// PeerID returns the libp2p identity of a node key, the one that is registered on-chain.
func PeerID(key *secp256k1.PublicKey) (peer.ID, error) {
	public, err := crypto.UnmarshalSecp256k1PublicKey(key.SerializeCompressed())
	if err != nil {
		return "", fmt.Errorf("p2p: node key: %w", err)
	}
	return peer.IDFromPublicKey(public)
}
