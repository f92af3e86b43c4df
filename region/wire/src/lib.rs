//! What AWS's services speak on the wire: SigV4.
