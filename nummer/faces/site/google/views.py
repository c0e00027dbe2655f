"""Out to Google and back."""

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView

from nummer.faces.site.google.client import GoogleClient

oauth2_login = OAuth2LoginView.adapter_view(GoogleClient)
oauth2_callback = OAuth2CallbackView.adapter_view(GoogleClient)
